"""Frames of a hostile network, and captures of them with two true cameras among them."""
import os
import socket
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../Live"))
from pcapng import Recording  # noqa: E402

CAPTURES = os.path.join(HERE, "../../captures")
START = 1_795_600_000  # 25 November 2026
BROADCAST = b"\xff" * 6
ROUTER, GUEST = bytes.fromhex("488f5a102001"), bytes.fromhex("021122334455")
ROUTER_IP, GUEST_IP, SERVER_IP = "192.168.88.1", "192.168.88.77", "93.184.216.34"
UDP, TCP, ICMP, ICMPV6, GRE, ETHERIP, MPLS = 17, 6, 1, 58, 47, 97, 137

# The camera of camera-boot.pcapng, and the two that are made of it.
RECORDED = bytes.fromhex("00e04c360c22"), "192.168.88.122"
MIDDLE = bytes.fromhex("00e04c4a0c31"), "192.168.88.131"
END = bytes.fromhex("00e04c5b0c99"), "192.168.88.199"


def mac(number, first=0x02):
    return struct.pack(">BBI", first, 0xA0, number & 0xFFFFFFFF)


def ip(address):
    return address if isinstance(address, bytes) else struct.pack(">I", address) if isinstance(address, int) else socket.inet_aton(address)


def ip6(text):
    return socket.inet_pton(socket.AF_INET6, text)


def checksum(data):
    data += b"\0" * (len(data) & 1)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ethernet(destination, source, payload, kind=0x0800, tags=()):
    marks = b"".join(struct.pack(">HH", 0x8100 if tag is tags[-1] else 0x88A8, tag) for tag in tags)
    return destination + source + marks + struct.pack(">H", kind) + payload


def ipv4(source, destination, protocol, payload, identification=1, fragment=0):
    head = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identification & 0xFFFF, fragment, 64, protocol, 0, ip(source), ip(destination))
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ipv6(source, destination, protocol, payload, hops=255):
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, hops) + source + destination + payload


def udp(source, destination, data):
    return struct.pack(">HHHH", source, destination, 8 + len(data), 0) + data


def tcp(source, destination, sequence, data=b"", flags=0x18, acknowledged=1):
    return struct.pack(">HHIIBBHHH", source, destination, sequence & 0xFFFFFFFF, acknowledged, 0x50, flags, 8192, 0, 0) + data


def datagram(source_port, port, data, source=GUEST_IP, destination=SERVER_IP, sender=GUEST, receiver=ROUTER):
    return ethernet(receiver, sender, ipv4(source, destination, UDP, udp(source_port, port, data)))


def segment(source_port, port, sequence, data=b"", flags=0x18, source=GUEST_IP, destination=SERVER_IP, sender=GUEST, receiver=ROUTER):
    return ethernet(receiver, sender, ipv4(source, destination, TCP, tcp(source_port, port, sequence, data, flags)))


def arp(operation, sender, source, destination=ROUTER_IP, receiver=BROADCAST, target=b"\0" * 6):
    body = struct.pack(">HHBBH6s4s6s4s", 1, 0x0800, 6, 4, operation, sender, ip(source), target, ip(destination))
    return ethernet(receiver, sender, body, 0x0806)


def icmpv6(sender, source, destination, body, receiver=BROADCAST):
    pseudo = source + destination + struct.pack(">II", len(body), ICMPV6)
    body = body[:2] + struct.pack(">H", checksum(pseudo + body)) + body[4:]
    return ethernet(receiver, sender, ipv6(source, destination, ICMPV6, body), 0x86DD)


def dhcp(client, name=None, vendor=None, circuit=None, kind=3, sender=None):
    body = struct.pack(
        ">BBBBIHH4s4s4s4s16s64s128sI", 1, 1, 6, 0, 0x1234, 0, 0, b"", b"", b"", b"", client, b"", b"", 0x63825363)
    body += bytes([53, 1, kind])
    for option, text in ((12, name), (60, vendor)):
        if text is not None:
            body += bytes([option, len(text)]) + text
    if circuit is not None:
        body += bytes([82, len(circuit) + 2, 1, len(circuit)]) + circuit
    return datagram(68, 67, body + b"\xff", "0.0.0.0", "255.255.255.255", sender or client, BROADCAST)


def labels(*names):
    return b"".join(bytes([len(name)]) + name for name in names) + b"\0"


def dns(questions, identification=1, flags=0x0100, counts=None):
    return struct.pack(">HHHHHH", identification, flags, *(counts or (len(questions), 0, 0, 0))) + b"".join(questions)


def mdns(body, sender=GUEST, source=GUEST_IP):
    return datagram(5353, 5353, body, source, "224.0.0.251", sender, bytes.fromhex("01005e0000fb"))


def needle(camera):
    """The frames of the recorded camera, with the addresses of another."""
    frames = []
    for _, frame in Recording(os.path.join(CAPTURES, "camera-boot.pcapng")).frames:
        for old, new in zip((RECORDED[0], ip(RECORDED[1]), RECORDED[1].encode()), (camera[0], ip(camera[1]), camera[1].encode())):
            frame = frame.replace(old, new)
        frames.append(frame)
    return frames


def write(path, flood, count, rate):
    """A pcap file of `count` frames of the flood, `rate` a second, with one camera in the middle and one at the end. Returns the number
    of the flood's frames."""
    needles = {}
    for part, camera in ((0.5, MIDDLE), (0.97, END)):
        frames = needle(camera)
        place = int(count * part)
        step = max(1, min(50, (count - place) // (len(frames) + 1))) if count else 0
        for index, frame in enumerate(frames):
            needles.setdefault(min(count, place + index * step), []).append(frame)
    with open(path, "wb", 1 << 20) as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))

        def put(position, frame):
            seconds, rest = divmod(int(position / rate * 1_000_000), 1_000_000)
            file.write(struct.pack("<IIII", START + seconds, rest, len(frame), len(frame)) + frame)

        for position, frame in zip(range(count), flood):
            for true in needles.pop(position, ()):
                put(position, true)
            put(position, frame)
        for place in sorted(needles):
            for true in needles[place]:
                put(count, true)
