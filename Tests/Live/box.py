"""A Debian with systemd in a container, in a network namespace of its own, with a wire that somebody can unplug."""
import os
import subprocess
import time

PACKAGES = "systemd,systemd-sysv,dbus,iproute2,python3-minimal,procps,nftables"
# Folders of the machine outside, such as TMPDIR, do not exist inside.
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
BOX_ADDRESS, OUTSIDE_ADDRESS = "10.78.0.2", "10.78.0.1"


def output(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


class Box:
    """`wire0` inside the box is one end of a pair; the other, `far0`, is in the namespace outside, with the address of the network that the
    box delivers to."""

    def __init__(self, root, suite="bookworm"):
        self.root, self.suite = root, suite
        self.name = f"lenscapbox{os.getpid()}"
        # Not `ip netns exec`, which hides the control groups.
        self._enter = ["nsenter", f"--net=/run/netns/{self.name}", "--"]
        self.container = None
        self.programs = []

    def make_root(self, cache):
        """Unpacks a Debian, which is made once and kept in a file."""
        if not os.path.exists(cache):
            subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", self.suite, cache + ".new.tar"], check=True)
            os.rename(cache + ".new.tar", cache)
        subprocess.run(["tar", "-C", self.root, "-xf", cache], check=True)

    def fetch(self, package):
        """Puts a package into the root, and all that it depends on where apt finds it without a network."""
        name = os.path.basename(package)
        subprocess.run(["cp", package, f"{self.root}/root/{name}"], check=True)
        fetch = f"apt-get -q update && apt-get -q -y --no-install-recommends --download-only install /root/{name}"
        done = output("chroot", self.root, "sh", "-c", f"cp /etc/resolv.conf /tmp/resolv 2>/dev/null; {fetch}")
        assert done.returncode == 0, done.stdout + done.stderr
        return f"/root/{name}"

    def __enter__(self):
        try:
            return self._boot()
        except BaseException:
            self.__exit__()
            raise

    def _boot(self):
        self.outside("ip", "netns", "add", self.name, inside=False)
        self.outside("ip", "link", "set", "lo", "up")
        self.outside("ip", "link", "add", "wire0", "type", "veth", "peer", "name", "far0")
        command = ["systemd-nspawn", "--quiet", "-D", self.root, "--boot", "--register=no", "--keep-unit", "--network-veth",
                   f"--machine={self.name}", "--console=read-only", "--resolv-conf=off", "--link-journal=no"]
        with open(f"{self.root}/../console", "w") as console:
            self.container = subprocess.Popen(
                [*self._enter, *command], stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                start_new_session=True)
        self.leader = self.wait_for("the container", self._leader, 30)
        self.wait_for("systemd", lambda: self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"), 90)
        # No IPv6 on the wire: its ends would send of themselves.
        self.outside("sysctl", "-qw", "net.ipv6.conf.far0.disable_ipv6=1", check=False)
        self.outside("ip", "link", "set", "far0", "up")
        self.outside("ip", "link", "set", "wire0", "netns", self.leader)
        self.check("sh", "-c", "sysctl -qw net.ipv6.conf.wire0.disable_ipv6=1; ip link set wire0 up")
        # Not /sys, which shows another namespace.
        links = [line.split(": ")[1].split("@")[0] for line in self.outside("ip", "-o", "link").stdout.splitlines()]
        veth = next(name for name in links if name.startswith("ve-"))
        self.outside("ip", "addr", "add", f"{OUTSIDE_ADDRESS}/24", "dev", veth)
        self.outside("ip", "link", "set", veth, "up")
        self.check("sh", "-c", f"ip addr add {BOX_ADDRESS}/24 dev host0; ip link set host0 up")
        return self

    def __exit__(self, *_):
        for program in self.programs:
            if program.poll() is None:
                program.kill()
            program.wait()
        if self.container and self.container.poll() is None:
            self.run("systemctl", "poweroff", "--force", "--force")
            try:
                self.container.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.container.kill()
                self.container.wait()
        subprocess.run(["ip", "netns", "delete", self.name], check=False)

    def _leader(self):
        """The process that is number 1 inside."""
        found = output("pgrep", "-P", str(self.container.pid)).stdout.split()
        for child in found:
            with open(f"/proc/{child}/comm") as comm:
                if comm.read().strip() == "systemd":
                    return child
        return None

    def outside(self, *command, inside=True, check=True):
        """Runs a program in the namespace around the box."""
        done = output(*(self._enter if inside else []), *command)
        assert not check or done.returncode == 0, (command, done.stderr)
        return done

    def start_outside(self, *command, **options):
        program = subprocess.Popen([*self._enter, *command], **options)
        self.programs.append(program)
        return program

    def run(self, *command, **options):
        """Runs a program inside, as root."""
        return output("nsenter", "-t", self.leader, "-m", "-p", "-u", "-i", "-n", "-C", "-r", "-w", "--", *command,
                      **({"env": ENVIRONMENT} | options))

    def in_its_network(self, *command):
        """A program of this machine in the network of the box, which has no such program."""
        done = output("nsenter", "-t", self.leader, "-n", "--", *command)
        assert done.returncode == 0, f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def check(self, *command, **options):
        done = self.run(*command, **options)
        assert done.returncode == 0, f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def write(self, path, text):
        self.check("tee", path, input=text)

    def state(self, service):
        return self.run("systemctl", "is-active", service).stdout.strip()

    def journal(self, service, lines=60):
        return self.run("journalctl", "--no-pager", "-q", "-n", str(lines), "-u", service).stdout

    def main_process(self, service):
        return int(self.check("systemctl", "show", "-P", "MainPID", service))

    @staticmethod
    def wait_for(what, test, seconds):
        deadline = time.time() + seconds
        while time.time() < deadline:
            if found := test():
                return found
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds} s: {what}")
