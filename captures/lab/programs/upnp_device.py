"""A UPnP device: announces itself by SSDP, answers searches, serves its description."""

import argparse
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

GROUP, PORT = "239.255.255.250", 1900

DESCRIPTION = """<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0">
  <specVersion><major>1</major><minor>0</minor></specVersion>
  <device>
    <deviceType>{type}</deviceType>
    <friendlyName>{friendly}</friendlyName>
    <manufacturer>{maker}</manufacturer>
    <modelName>{model}</modelName>
    <modelNumber>{model}</modelNumber>
    <UDN>uuid:{uuid}</UDN>
    <presentationURL>http://{ip}/</presentationURL>
  </device>
</root>
"""


def main():
    device = parse_arguments()
    device.location = f"http://{device.ip}:{device.port}/{device.path}"
    threading.Thread(target=serve_description, args=(device,), daemon=True).start()
    listener = join()
    announce(device)
    print("ready")
    while True:
        request, client = listener.recvfrom(2048)
        if request.startswith(b"M-SEARCH"):
            answer(listener, client, request.decode(), device)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("ip", "type", "friendly", "maker", "model", "uuid", "server"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--port", type=int, default=49152)
    parser.add_argument("--path", default="rootDesc.xml")
    return parser.parse_args()


def join():
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", PORT))
    membership = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton("0.0.0.0"))
    listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    return listener


def targets(device):
    """A device announces itself three times: as a root device, by its identifier, and by its type."""
    return {"upnp:rootdevice": f"uuid:{device.uuid}::upnp:rootdevice",
            f"uuid:{device.uuid}": f"uuid:{device.uuid}",
            device.type: f"uuid:{device.uuid}::{device.type}"}


def announce(device):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 4)
    for target, name in targets(device).items():
        send(sender, (GROUP, PORT), "NOTIFY * HTTP/1.1", {
            "HOST": f"{GROUP}:{PORT}", "CACHE-CONTROL": "max-age=1800", "LOCATION": device.location, "NT": target,
            "NTS": "ssdp:alive", "SERVER": device.server, "USN": name})


def answer(listener, client, request, device):
    asked = [line[3:].strip() for line in request.splitlines() if line.upper().startswith("ST:")]
    for target, name in targets(device).items():
        if asked and asked[0] in (target, "ssdp:all"):
            send(listener, client, "HTTP/1.1 200 OK", {
                "CACHE-CONTROL": "max-age=1800", "EXT": "", "LOCATION": device.location, "SERVER": device.server,
                "ST": target, "USN": name})


def send(sender, address, first, headers):
    lines = [first] + [f"{key}: {value}".rstrip() for key, value in headers.items()] + ["", ""]
    sender.sendto("\r\n".join(lines).encode(), address)


def serve_description(device):
    fields = {key: escape(str(value)) for key, value in vars(device).items()}
    body = DESCRIPTION.format(**fields).encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def version_string(self):
            return device.server

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    ThreadingHTTPServer(("0.0.0.0", device.port), Handler).serve_forever()


main()
