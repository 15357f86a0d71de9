"""A WS-Discovery device: sends Hello, then answers matching probes to their sender."""

import argparse
import re
import socket
import struct
import uuid

GROUP, PORT = "239.255.255.250", 3702

ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"\
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"\
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" {namespaces}>\
<s:Header><a:MessageID>urn:uuid:{message}</a:MessageID>{relates}<a:To>{to}</a:To>\
<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/{action}</a:Action></s:Header>\
<s:Body>{body}</s:Body></s:Envelope>"""

SELF = """<a:EndpointReference><a:Address>urn:uuid:{endpoint}</a:Address></a:EndpointReference>\
<d:Types>{types}</d:Types><d:Scopes>{scopes}</d:Scopes><d:XAddrs>{xaddrs}</d:XAddrs>\
<d:MetadataVersion>1</d:MetadataVersion>"""

EVERYONE = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
ASKER = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"


def main():
    device = parse_arguments()
    listener = join()
    body = f"<d:Hello>{SELF.format(**vars(device))}</d:Hello>"
    listener.sendto(envelope(device, "Hello", EVERYONE, body), (GROUP, PORT))
    print("ready")
    answered = set()  # a probe is repeated with the same identifier, and is answered once
    while True:
        request, client = listener.recvfrom(65535)
        message = first(r"MessageID[^>]*>\s*([^<\s]+)", request.decode(errors="replace"))
        if message not in answered and fits(device, request.decode(errors="replace")):
            answered.add(message)
            listener.sendto(matches(device, message), client)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("endpoint", "types", "scopes", "xaddrs", "namespaces"):
        parser.add_argument("--" + name, required=True)
    return parser.parse_args()


def join():
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    listener.bind(("", PORT))
    membership = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton("0.0.0.0"))
    listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    return listener


def fits(device, request):
    if "2005/04/discovery/Probe<" not in request:
        return False
    asked = first(r":Types[^>]*>([^<]*)<", request)
    return qualified(asked, request) <= qualified(device.types, device.namespaces)


def qualified(names, declarations):
    """Names with the namespaces that their prefixes stand for: two `Device` of different makers are not the same."""
    namespaces = dict(re.findall(r'xmlns:(\w+)="([^"]*)"', declarations))
    pairs = (name.split(":") for name in names.split())
    return {(namespaces.get(prefix), local) for prefix, local in pairs}


def matches(device, message):
    body = f"<d:ProbeMatches><d:ProbeMatch>{SELF.format(**vars(device))}</d:ProbeMatch></d:ProbeMatches>"
    return envelope(device, "ProbeMatches", ASKER, body, f"<a:RelatesTo>{message}</a:RelatesTo>")


def envelope(device, action, to, body, relates=""):
    return ENVELOPE.format(namespaces=device.namespaces, message=uuid.uuid4(), action=action, to=to, body=body,
                           relates=relates).encode()


def first(pattern, text):
    found = re.search(pattern, text)
    return found.group(1) if found else ""


main()
