"""A small network of namespaces: hosts on one bridge, an internet behind a router, a recorder on the bridge."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

FAMILY = "lenscap-lab-"
PREFIX = f"{FAMILY}{os.getpid()}-"  # so that two runs are not in each other's way
SWITCH = PREFIX + "switch"
PROGRAMS = Path(__file__).parent / "programs"
RESOLVERS = Path("/etc/netns")  # `ip netns exec` mounts /etc/netns/NAME/resolv.conf over /etc/resolv.conf

# Helpers need modules that Debian has only for its own Python (gi) and one that only PyPI has (WSDiscovery).
PYTHON = os.environ.get("LENSCAP_LAB_PYTHON") or next(
    (p for p in ("/opt/lenscap-lab/bin/python", "/usr/bin/python3") if os.path.exists(p)), "python3")


@dataclass
class Host:
    """One row of a scene's host table: the device, and the result that a detector must give for it."""

    name: str
    mac: str
    ip: str  # static (IPv4 in a /24, IPv6 in a /64), or the address that the scene's DHCP server will give
    expect: dict = field(default_factory=dict)
    dhcp: bool = False  # then the scene asks for the address itself
    gateway: str | None = None
    dns: str | None = None

    @property
    def namespace(self):
        return PREFIX + self.name

    @property
    def expected(self):
        return {"mac": self.mac, "ip": self.ip} | self.expect


BRIDGE = Host("switch", mac="", ip="")  # to run programs where br0 is


def sh(*command):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


class Lab:
    """Use as a context manager: everything made is gone afterwards, whatever happens in between."""

    def __init__(self, name, hosts):
        self.name = name
        self.hosts = hosts
        self.work = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{name}-"))
        self.processes = []
        self.recorder = None

    def __enter__(self):
        try:
            remove_leftovers()
            self._make_switch()
            for host in self.hosts:
                self._make_host(host)
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        for process in reversed(self.processes):
            stop(process)
        remove_leftovers()
        shutil.rmtree(self.work, ignore_errors=True)

    # Links

    def _make_switch(self):
        make_namespace(SWITCH, ipv6=False)
        sh("ip", "-n", SWITCH, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0", "stp_state", "0")
        sh("ip", "-n", SWITCH, "link", "set", "br0", "up")

    def _make_host(self, host):
        make_namespace(host.namespace)
        port = f"p-{host.name}"[:15]
        add_cable(SWITCH, port, host.namespace, "eth0", host.mac)
        sh("ip", "-n", SWITCH, "link", "set", port, "master", "br0", "up")
        if host.dhcp:
            return  # unplugged until the scene says so
        self.plug_in(host)
        set_address(host)

    def plug_in(self, host):
        sh("ip", "-n", host.namespace, "link", "set", "eth0", "up")

    def add_internet(self, router, addresses, way=None):
        """A namespace behind `router` that has all the given public addresses; returns it as a host to run servers in. Packets reach
        it at once, or take their time: `way` is the milliseconds in each direction and the kbit/s that the router can send."""
        internet = Host("internet", mac="02:00:5e:00:00:01", ip="100.64.0.2")
        make_namespace(internet.namespace)
        if way:
            self.program(BRIDGE, "long_way", router.namespace, "wan", internet.namespace, "eth0", *way)
        else:
            add_cable(router.namespace, "wan", internet.namespace, "eth0", internet.mac)
        sh("ip", "-n", router.namespace, "address", "add", "100.64.0.1/30", "dev", "wan")
        sh("ip", "-n", router.namespace, "link", "set", "wan", "up")
        sh("ip", "-n", router.namespace, "route", "add", "default", "via", "100.64.0.2")
        sh("ip", "-n", internet.namespace, "address", "add", "100.64.0.2/30", "dev", "eth0")
        sh("ip", "-n", internet.namespace, "link", "set", "eth0", "up")
        for address in addresses:
            sh("ip", "-n", internet.namespace, "address", "add", f"{address}/32", "dev", "lo")
        # Datagrams that a server sends unasked (RTP) must come from an address that its client knows.
        source = ["src", next(iter(addresses))] if addresses else []
        sh("ip", "-n", internet.namespace, "route", "add", "default", "via", "100.64.0.1", *source)
        sh("ip", "netns", "exec", router.namespace, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        return internet

    # Programs

    def start(self, host, *command, ready=None, **options):
        """Starts a program in a host. With `ready`, waits until that text stands in its output."""
        log = (self.work / f"{len(self.processes):02}-{host.name}.log").open("wb")
        options = {"stdout": log, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL, "cwd": self.work} | options
        process = subprocess.Popen(inside(host.namespace, command), **options)
        process.log = Path(log.name)
        self.processes.append(process)
        if ready:
            wait_for_text(process, ready)
        return process

    def run(self, host, *command, seconds=20, allowed=(0,)):
        """Runs a program in a host to its end; a failure ends the scene and shows the output of the program."""
        process = self.start(host, *command)
        return self.finish(process, seconds, allowed)

    def finish(self, process, seconds=20, allowed=(0,)):
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{process.args} did not end in {seconds} s:\n{process.log.read_text()}") from None
        if process.returncode not in allowed:
            raise RuntimeError(f"{process.args} ended with {process.returncode}:\n{process.log.read_text()}")
        return process.log.read_text()

    def program(self, host, name, *arguments, **options):
        """Starts one of our own programs (programs/NAME.py); each prints `ready` when it is."""
        options.setdefault("ready", "ready")
        return self.start(host, PYTHON, "-u", PROGRAMS / f"{name}.py", *arguments, **options)

    # Recording

    def record(self):
        """Starts recording; takes the frames on the bridge as they are, to full length."""
        self.recorder = self.start(
            BRIDGE, "tcpdump", "-i", "br0", "-U", "--immediate-mode", "-s", "0", "-Z", "root",
            "-w", self.work / "record.pcap", ready="listening on")

    def recorded(self, change=None):
        """Ends recording. editcap makes the pcapng: dumpcap would write this machine's kernel and processor into it. `change` may
        rewrite the pcap before."""
        time.sleep(0.5)
        stop(self.recorder, signal.SIGINT)
        if change:
            change(self.work / "record.pcap")
        sh("editcap", "-F", "pcapng", self.work / "record.pcap", self.work / "record.pcapng")
        return self.work / "record.pcapng"


def inside(namespace, command):
    return ["ip", "netns", "exec", namespace] + [str(part) for part in command]


def make_namespace(name, ipv6=True):
    sh("ip", "netns", "add", name)
    sh("ip", "-n", name, "link", "set", "lo", "up")
    if not ipv6:
        sh("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
           "net.ipv6.conf.default.disable_ipv6=1")


def add_cable(namespace_a, name_a, namespace_b, name_b, mac_b):
    """A veth pair. Offloads are off at both ends, or frames would be larger than a wire carries and checksums false."""
    sh("ip", "link", "add", name_a, "netns", namespace_a, "type", "veth",
       "peer", "name", name_b, "address", mac_b, "netns", namespace_b)
    for namespace, name in ((namespace_a, name_a), (namespace_b, name_b)):
        sh("ip", "netns", "exec", namespace, "ethtool", "-K", name, *"tx off rx off tso off gso off gro off".split())


def set_address(host):
    if ":" in host.ip:
        sh("ip", "-n", host.namespace, "address", "add", f"{host.ip}/64", "dev", "eth0", "nodad")
        return
    sh("ip", "-n", host.namespace, "address", "add", f"{host.ip}/24", "broadcast", "+", "dev", "eth0")
    for everyone in ("224.0.0.0/4", "255.255.255.255"):
        sh("ip", "-n", host.namespace, "route", "add", everyone, "dev", "eth0")
    if host.gateway:
        sh("ip", "-n", host.namespace, "route", "add", "default", "via", host.gateway)
    if host.dns:
        set_resolver(host, host.dns)


def set_resolver(host, server):
    folder = RESOLVERS / host.namespace
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "resolv.conf").write_text(f"nameserver {server}\n")


def remove_leftovers():
    """Namespaces of ours, also those of a run that was killed. Processes still in them end with their Lab."""
    listed = subprocess.run(["ip", "netns", "list"], check=True, capture_output=True, text=True).stdout
    for line in listed.splitlines():
        if is_leftover(line):  # another run may delete it at the same time
            subprocess.run(["ip", "netns", "delete", line.split()[0]], check=False, stderr=subprocess.DEVNULL)
    for folder in RESOLVERS.glob(FAMILY + "*"):
        if is_leftover(folder.name):
            shutil.rmtree(folder, ignore_errors=True)


def is_leftover(name):
    """Whether it belongs to this run, or to one that has ended."""
    owner = re.match(FAMILY + r"(\d+)-", name)
    return owner is not None and (name.startswith(PREFIX) or not os.path.exists(f"/proc/{owner[1]}"))


def stop(process, first=signal.SIGTERM):
    if process.poll() is not None:
        return
    process.send_signal(first)
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for_text(process, text, seconds=15):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if text in process.log.read_text(errors="replace"):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"{process.args} never said {text!r}:\n{process.log.read_text(errors='replace')}")
