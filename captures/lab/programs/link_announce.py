"""Announces a device to its neighbour by LLDP (IEEE 802.1AB clause 8) or CDP: KEY=VALUE…, numbers with 0x in front."""

import argparse
import socket
import struct
import time

LLDP = {"port-description": 4, "name": 5, "description": 6}
INVENTORY = {"manufacturer": 9, "model": 10}  # LLDP-MED (ANSI/TIA-1057)
CDP = {"device": 1, "port": 3, "capabilities": 4, "version": 5, "platform": 6}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocol", choices=["lldp", "cdp"])
    parser.add_argument("--greet", required=True, help="address of another, so that one's own is seen")
    parser.add_argument("values", nargs="+")
    arguments = parser.parse_args()
    outlet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    outlet.bind(("eth0", 0))
    mac = outlet.getsockname()[4]
    values = dict(value.split("=", 1) for value in arguments.values)
    frame = lldp(mac, values) if arguments.protocol == "lldp" else cdp(mac, values)
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", (arguments.greet, 9))
    for _ in range(2):
        outlet.send(frame.ljust(60, b"\0"))
        time.sleep(0.2)


def lldp(mac, values):
    def element(kind, value):
        return struct.pack(">H", kind << 9 | len(value)) + value
    port = b"\5" + values["port"].encode() if "port" in values else b"\3" + mac
    body = element(1, b"\4" + mac) + element(2, port) + element(3, struct.pack(">H", 120))
    for key, kind in LLDP.items():
        if key in values:
            body += element(kind, values[key].encode())
    if "capabilities" in values:
        body += element(7, struct.pack(">HH", *[int(values["capabilities"], 16)] * 2))
    for key, kind in INVENTORY.items():
        if key in values:
            body += element(127, bytes.fromhex("0012bb") + bytes([kind]) + values[key].encode())
    return bytes.fromhex("0180c200000e") + mac + b"\x88\xcc" + body + element(0, b"")


def cdp(mac, values):
    body = b""
    for key, kind in CDP.items():
        if key in values:
            value = struct.pack(">I", int(values[key], 16)) if key == "capabilities" else values[key].encode()
            body += struct.pack(">HH", kind, 4 + len(value)) + value
    body = bytes.fromhex("02b4") + struct.pack(">H", checksum(bytes.fromhex("02b40000") + body)) + body
    return bytes.fromhex("01000ccccccc") + mac + struct.pack(">H", 8 + len(body)) + bytes.fromhex("aaaa0300000c2000") + body


def checksum(data):
    # An odd last byte counts as a 16-bit number.
    total = sum(struct.unpack(f">{len(data) // 2}H", data[:len(data) & ~1])) + (data[-1] if len(data) & 1 else 0)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


main()
