"""The first seconds of a camera without a viewer: its packets to the router, to everybody and to its maker."""

from home import lease_as_appliance, start_router
from network import Host

ABOUT = ("A camera boots: DHCP with its model as host name, mDNS, SSDP, its maker's cloud over TLS 1.2; a laptop reads its "
         "UPnP description and its web page over TLS.")

ROUTER = Host("router", "48:8f:5a:10:20:01", "192.168.88.1", {"is": "router", "flagged": False})
CAMERA = Host("camera", "00:e0:4c:36:0c:22", "192.168.88.122", dhcp=True, expect={
    "is": "camera", "flagged": True, "at_least": "camera", "role": "camera", "hostname": "IPC-C22",
    "vendor": "Imou", "model": "IPC-C22"})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.88.31", {"is": "computer", "flagged": False}, gateway=ROUTER.ip)
HOSTS = [ROUTER, CAMERA, LAPTOP]

CLOUD = "iotaccess.easy4ipcloud.com"
SERVER = "Linux/4.9 UPnP/1.0 IPC-C22/2.680"

OBSERVATIONS = [
    (CAMERA, "dhcp.hostname", "IPC-C22"),
    (CAMERA, "dhcp.vendor_class", "udhcp 1.35.0"),
    (CAMERA, "mdns.service", "_http._tcp"),
    (CAMERA, "ssdp.server", SERVER),
    (CAMERA, "ssdp.model", "IPC-C22"),
    (CAMERA, "dns.query", CLOUD),
    (CAMERA, "tls.sni", CLOUD),
    (CAMERA, "tls.cert.subject", "CN=IPC-C22"),
]


def play(lab):
    start_router(lab, ROUTER, [CLOUD], leases=[CAMERA], tls="1.2")
    lab.record()
    lease_as_appliance(lab, CAMERA, "IPC-C22", ROUTER)
    announce(lab)
    lab.run(LAPTOP, "curl", "-s", "-A", "Microsoft-Windows/10.0 UPnP/1.0", f"http://{CAMERA.ip}:49152/rootDesc.xml")
    lab.run(CAMERA, *"curl -sk --http1.1 -A IoTClient/1.0 -d".split(), '{"state":"online"}', f"https://{CLOUD}/device/login")
    lab.run(LAPTOP, "curl", "-sk", "--http1.1", "-A", "Mozilla/5.0", f"https://{CAMERA.ip}/")


def announce(lab):
    lab.program(CAMERA, "cloud", "--names", '["IPC-C22"]', "--max-tls", "1.2")  # its own web page
    lab.program(CAMERA, "mdns_announce", "--ip", CAMERA.ip, "--host", "IPC-C22", "IPC-C22", "_http._tcp", "80", "path=/")
    lab.program(CAMERA, "upnp_device", "--ip", CAMERA.ip, "--type", "urn:schemas-upnp-org:device:Basic:1",
                "--friendly", "IPC-C22", "--maker", "Imou", "--model", "IPC-C22", "--server", SERVER,
                "--uuid", "4d696375-6231-3161-3062-00e04c360c22")
