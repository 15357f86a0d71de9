"""Frames of cameras and of others, and a process in the namespace that sends them."""
import subprocess
import sys

DHCP_NAME = b"IPC-C22"


def checksum(data):
    total = sum(int.from_bytes(data[i:i + 2], "big") for i in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return (~total & 0xFFFF).to_bytes(2, "big")


def datagram(mac, source, destination, ports, payload):
    """A UDP datagram to everybody on the link."""
    udp = ports[0].to_bytes(2, "big") + ports[1].to_bytes(2, "big") + (8 + len(payload)).to_bytes(2, "big") + b"\0\0" + payload
    header = b"\x45\0" + (20 + len(udp)).to_bytes(2, "big") + bytes(4) + b"\x40\x11\0\0" + source + destination
    header = header[:10] + checksum(header) + header[12:]
    return b"\xff" * 6 + mac + b"\x08\x00" + header + udp


def discover(number):
    """The id of a camera, and its DHCP request (RFC 2131), whose host name shows that it is one."""
    mac = bytes([2, 0x10, 0, 0]) + number.to_bytes(2, "big")
    options = b"\x63\x82\x53\x63\x35\x01\x01\x0c" + bytes([len(DHCP_NAME)]) + DHCP_NAME + b"\xff"
    bootp = b"\x01\x01\x06\x00" + number.to_bytes(4, "big") + bytes(20) + mac + bytes(202) + options
    return "mac:" + mac.hex(":"), datagram(mac, bytes(4), b"\xff" * 4, (68, 67), bootp)


def appear(number):
    """The frames with which a camera appears: it talks with the router, so that it is no invention of somebody, and then asks for its address."""
    mac, router = bytes([2, 0x10, 0, 0]) + number.to_bytes(2, "big"), bytes([2, 0x30, 0, 0, 0, 1])
    own, other = bytes([192, 168, 16 + number // 250, 1 + number % 250]), bytes([192, 168, 9, 254])
    asked = router + datagram(mac, own, other, (5_000, 9_998), b"question")[6:]
    answered = mac + datagram(router, other, own, (9_998, 5_000), b"answer")[6:]
    return [asked, answered, discover(number)[1]]


def chatter(number):
    """A datagram of one of two hundred devices that are no cameras, with a number to find it by."""
    mac, source = bytes([2, 0x20, 0, 0, 0, number % 200]), bytes([192, 168, 9, 1 + number % 200])
    return datagram(mac, source, bytes([192, 168, 9, 255]), (40_000, 9_999), b"chatter " + number.to_bytes(8, "big"))


class Sender:
    """A process in the namespace that sends what it is given."""
    PROGRAM = ("import socket, sys\ns = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\ns.bind((sys.argv[1], 0))\n"
               "for line in sys.stdin: s.send(bytes.fromhex(line))\n")

    def __init__(self, start, interface):
        """`start` starts a program where the interface is."""
        self.process = start(sys.executable, "-u", "-c", self.PROGRAM, interface, stdin=subprocess.PIPE, text=True)
        self.sent = 0

    def send(self, *frames):
        self.process.stdin.write("".join(frame.hex() + "\n" for frame in frames))
        self.process.stdin.flush()
        self.sent += len(frames)

    def close(self):
        """Returns when all is sent."""
        self.process.stdin.close()
        self.process.wait()
