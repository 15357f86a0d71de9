"""What the scenes about behaviour share: a device that looks embedded, personal or like nothing known, its way to the internet, the truth
about it, and films."""

import shutil
import time
from dataclasses import dataclass, field, replace

from home import lease_as, lease_as_appliance, start_router
from network import Host, set_address, sh

RULES = ("B1", "B1-long", "B2", "C", "C2", "D", "E")  # Tests/Behaviour/rules.tsv names their signatures
# Addresses in three documentation ranges, for hosts without names.
HOSTS_WITHOUT_NAME = ["198.51.100.21", "192.0.2.77", "203.0.113.140"]
CLOUD, MEDIA = "api.things.example", "media.things.example"
MEDIA_ADDRESS = "203.0.113.11"

ROUTER = Host("router", "48:8f:5a:10:20:01", "192.168.88.1", {"is": "router", "flagged": False, "class": "infrastructure"})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.88.31", {"is": "computer", "flagged": False}, gateway=ROUTER.ip)

ANDROID_OPTIONS = [1, 3, 6, 15, 26, 28, 51, 58, 59, 43, 114]
WINDOWS_OPTIONS = [1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252]
ANDROID = ["connectivitycheck.gstatic.com", "www.google.com", "mtalk.google.com"]
WINDOWS = ["www.msftconnecttest.com", "settings-win.data.microsoft.com"]
NAMES = [CLOUD, MEDIA, *ANDROID, *WINDOWS]

# How a device looks: its MAC address, and its class as its DHCP request, SYNs, ClientHellos and names show it.
KINDS = {
    "embedded": ("f0:00:00:3c:19:57", "embedded"),
    "bare": ("f0:00:00:71:0b:e4", "embedded"),  # its SYNs have no option but MSS
    "phone": ("7a:3e:91:5c:d4:08", "personal"),
    "laptop": ("8c:8d:28:5e:70:39", "personal"),
    "unknown": ("f0:00:00:a6:52:0d", "unknown"),  # a static address, and SYNs of a Linux with much memory
}


@dataclass
class Scene:
    """As a module of `scenes`, for files that hold several."""

    ABOUT: str
    HOSTS: list
    play: object
    OBSERVATIONS: list = field(default_factory=list)
    CUT: dict = field(default_factory=dict)


def scene(about, kind, act, *, is_a="camera", fires=(), silent=RULES, least=None, most=None, way=(20, 4000), others=(), cut=None):
    """`act(lab, device, internet)` is what the device does after it joined. `fires` are the rules whose evidence it must have, `silent`
    those whose evidence it must not have (by default all that do not fire), `least` and `most` its verdict. Without `least` there must
    be no alert."""
    mac, kind_class = KINDS[kind]
    device = Host("device", mac, "192.168.88.140", dhcp=True, expect={
        "is": is_a, "flagged": least is not None, **({"at_least": least} if least else {}), **({"at_most": most} if most else {}),
        "class": kind_class, "fires": list(fires), "silent": [rule for rule in silent if rule not in fires]})
    observations = {"phone": "android-dhcp-13", "laptop": "MSFT 5.0", "unknown": None}.get(kind, "udhcp 1.35.0")

    def play(lab):
        internet = start_router(lab, ROUTER, NAMES, leases=[device], nameless=HOSTS_WITHOUT_NAME, way=way)
        sh("ip", "netns", "exec", device.namespace, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
        lab.record()
        join(lab, device, kind)
        act(lab, device, internet)

    # A router that nobody asks for an address looks like any other device.
    router = ROUTER if kind != "unknown" else replace(ROUTER, expect={"is": "router", "flagged": False})
    return Scene(about, [router, device, *others], play,
                 [(device, "dhcp.vendor_class", observations)] if observations else [], cut or {})


def join(lab, device, kind):
    """Asks for an address and speaks to the services that such a device speaks to."""
    lease(lab, device, kind)
    if kind == "phone":
        lab.run(device, "curl", "-s", f"http://{ANDROID[0]}/generate_204")
        for name in ANDROID[1:]:
            lab.run(device, "curl", "-sk", f"https://{name}/generate_204")
    elif kind == "laptop":
        lab.run(device, "curl", "-s", f"http://{WINDOWS[0]}/connecttest.txt")
        lab.run(device, "curl", "-sk", f"https://{WINDOWS[1]}/")
    elif kind != "unknown":
        for _ in range(3):  # three SYNs are needed to call its memory little
            lab.run(device, *"curl -sk --no-alpn --http1.1".split(), f"https://{CLOUD}/log-in")
            time.sleep(0.3)


def lease(lab, device, kind):
    if kind == "unknown":
        lab.plug_in(device)
        device.gateway, device.dns = ROUTER.ip, ROUTER.ip
        set_address(device)
    elif kind == "phone":
        lease_as(lab, device, ROUTER, "Pixel-7", "android-dhcp-13", ANDROID_OPTIONS)
    elif kind == "laptop":
        lease_as(lab, device, ROUTER, "LAPTOP-4Q1B", "MSFT 5.0", WINDOWS_OPTIONS)
    else:
        lease_small(lab, device, bare=kind == "bare")


def lease_small(lab, device, bare):
    """A lease for a device with little memory: the window that its routes allow gives SYNs of scale 3. A bare one sends only MSS."""
    if bare:
        sh("ip", "netns", "exec", device.namespace, "sysctl", "-qw", "net.ipv4.tcp_sack=0", "net.ipv4.tcp_timestamps=0",
           "net.ipv4.tcp_window_scaling=0", "net.ipv4.ip_default_ttl=255")
    lease_as_appliance(lab, device, None, ROUTER)
    if not bare:
        sh("ip", "-n", device.namespace, "route", "replace", "default", "via", ROUTER.ip, "dev", "eth0", "window", "262144")
        sh("ip", "-n", device.namespace, "route", "replace", "192.168.88.0/24", "dev", "eth0", "src", device.ip, "window", "262144")


def film(lab, rate, kilobits, seconds, sound=False, size="320x240", group=2):
    """An H.264 film, encoded before it is needed."""
    path = lab.work / f"film-{rate}-{kilobits}-{seconds}-{sound}.mkv"
    tone = f"-f lavfi -i anoisesrc=color=pink:sample_rate=44100:amplitude=0.3:duration={seconds}".split() if sound else []
    encode(lab, "-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate},noise=alls=14:allf=t", *tone, "-t", seconds,
           *"-c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p".split(), "-g", group * rate,
           "-b:v", f"{kilobits}k", "-maxrate", f"{kilobits}k", "-bufsize", f"{kilobits}k",
           *("-c:a aac -b:a 32k -ac 1".split() if sound else []), path)
    return path


def pictures(lab, count, size="320x240", quality=12):
    """JPEGs like those of a small camera."""
    encode(lab, "-f", "lavfi", "-i", f"testsrc2=size={size}:rate=5,noise=alls=8:allf=t", "-frames:v", count, "-q:v", quality,
           lab.work / "picture-%02d.jpg")
    return sorted(lab.work.glob("picture-*.jpg"))


def encode(lab, *arguments):
    """Not in time with anything, so that it does not hold up the scenes that are."""
    lab.run(ROUTER, *"chrt -o 0 nice ffmpeg -nostdin -loglevel error -threads 1".split(), *arguments, seconds=120)


def play_film(lab, device, path, *to, seconds=120):
    """Sends a film at its own speed, picture by picture."""
    lab.run(device, *"ffmpeg -nostdin -loglevel error -re -i".split(), path, *"-c copy -flush_packets 1".split(), *to, seconds=seconds)


def start_sink(lab, internet):
    lab.program(internet, "sink", "--tls", 8443, "--tcp", 8080, "--udp", 40000, 3478, 123, 32761)


def start_store(lab, internet):
    """nginx, which keeps what is put there."""
    folder = lab.work / "store"
    folder.mkdir()
    configuration = lab.work / "nginx.conf"
    lab.run(internet, *"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj".split(), f"/CN={MEDIA}",
            "-keyout", lab.work / "nginx.key", "-out", lab.work / "nginx.crt")
    shutil.chown(folder, "www-data")
    lab.work.chmod(0o755)
    configuration.write_text(f"""
        daemon off; pid {lab.work}/nginx.pid; user www-data; error_log stderr notice; events {{}}
        http {{
          access_log off; client_max_body_size 100m; client_body_temp_path {folder}/part; keepalive_requests 1000;
          server {{
            listen 9443 ssl http2; ssl_certificate {lab.work}/nginx.crt; ssl_certificate_key {lab.work}/nginx.key;
            location / {{ root {folder}; dav_methods PUT; create_full_put_path on; }}
          }}
          server {{ listen 9080; location / {{ root {folder}; dav_methods PUT; create_full_put_path on; }} }}
        }}""")
    lab.start(internet, "nginx", "-e", "stderr", "-c", configuration, ready="start worker process")
