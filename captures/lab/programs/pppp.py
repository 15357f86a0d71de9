"""PPPP, the point-to-point protocol of cheap cameras: `camera` logs in at its rendezvous servers again and again, `server` answers.

The messages are those that cameras with the CS2 kit send in clear (magicus/pppp-dissector, DavidVentura/cam-reverse)."""

import argparse
import selectors
import socket
import struct
import time

PORT = 32100
HELLO, HELLO_ACK, LOGIN, LOGIN_ACK = 0x00, 0x01, 0x10, 0x11


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=["camera", "server"])
    parser.add_argument("places", nargs="+", help="servers to call, or addresses to answer at")
    parser.add_argument("--uid", default="PPCS-123456-BCDEF", help="of the camera")
    arguments = parser.parse_args()
    camera(arguments.uid, arguments.places) if arguments.side == "camera" else server(arguments.places)


def message(kind, body=b""):
    return struct.pack(">BBH", 0xF1, kind, len(body)) + body


def reversed_address(family, address):
    """A socket address as this protocol writes it: the IPv4 address is back to front."""
    host, port = address
    return struct.pack(">HH4s8x", family, port, socket.inet_aton(host)[::-1])


def camera(uid, servers):
    prefix, number, check = uid.split("-")
    identifier = struct.pack(">8sI8s", prefix.encode(), int(number), check.encode())
    caller = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    caller.connect((servers[0], PORT))
    own = caller.getsockname()[0]
    caller.close()
    caller = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    caller.bind((own, 0))
    login = message(LOGIN, identifier + bytes.fromhex("08000201") + reversed_address(socket.AF_INET, caller.getsockname()))
    print("ready")
    while True:
        for name in servers:
            caller.sendto(message(HELLO), (name, PORT))
            caller.sendto(login, (name, PORT))
        time.sleep(1)


def server(addresses):
    selector = selectors.DefaultSelector()
    for address in addresses:
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listener.bind((address, PORT))
        selector.register(listener, selectors.EVENT_READ)
    print("ready")
    while True:
        for key, _ in selector.select():
            request, client = key.fileobj.recvfrom(2048)
            if request[:2] == bytes([0xF1, HELLO]):
                key.fileobj.sendto(message(HELLO_ACK, reversed_address(socket.AF_INET, client)), client)
            elif request[:2] == bytes([0xF1, LOGIN]):
                key.fileobj.sendto(message(LOGIN_ACK, bytes(4)), client)


main()
