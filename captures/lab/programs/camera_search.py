"""Searches for cameras in the protocols of several makers, as recorders and search tools do."""

import json
import socket
import struct
import time
import uuid

SADP = f"""<?xml version="1.0" encoding="utf-8"?>\
<Probe><Uuid>{str(uuid.uuid4()).upper()}</Uuid><Types>inquiry</Types></Probe>"""


def dhip():
    """Dahua: a header of 32 bytes that contains the length twice, then JSON."""
    body = json.dumps({"method": "DHDiscover.search", "params": {"mac": "", "uni": 1}}).encode() + b"\n"
    return struct.pack("<I4sQIIII", 32, b"DHIP", 0, len(body), 0, len(body), 0) + body


BROADCAST = "255.255.255.255"

SEARCHES = [
    ("Hikvision SADP", "239.255.255.250", 37020, SADP.encode()),
    ("Dahua DHIP", "239.255.255.251", 37810, dhip()),
    ("Dahua DHIP", BROADCAST, 37810, dhip()),
    ("PPPP LAN_SEARCH", BROADCAST, 32108, bytes.fromhex("f1300000")),
    ("Xiongmai", BROADCAST, 34569, bytes.fromhex("ff00000000000000000000000000fa0500000000")),
]

sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
sender.bind(("", 0))
for _ in range(3):
    for _, address, port, payload in SEARCHES:
        sender.sendto(payload, (address, port))
        time.sleep(0.1)
    time.sleep(0.7)
