"""Keep-alives of one length to one or more hosts, again and again: as cameras send them to their rendezvous hosts, or as STUN requests."""

import argparse
import os
import socket
import time

BINDING_REQUEST, COOKIE = b"\x00\x01\x00\x00", b"\x21\x12\xa4\x42"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hosts", nargs="+")
    parser.add_argument("--port", type=int, default=32761)
    parser.add_argument("--length", type=int, default=48)
    parser.add_argument("--every", type=float, default=20)
    parser.add_argument("--times", type=int, default=16)
    parser.add_argument("--socket-each", action="store_true", help="a source port for each host")
    parser.add_argument("--lengths-differ", action="store_true", help="each host gets a length of its own")
    parser.add_argument("--stun", action="store_true")
    arguments = parser.parse_args()
    first = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) if arguments.socket_each else first for _ in arguments.hosts]
    print("ready")
    start = time.monotonic()
    for turn in range(arguments.times):
        time.sleep(max(0, start + turn * arguments.every - time.monotonic()))
        for number, (sender, host) in enumerate(zip(sockets, arguments.hosts)):
            length = arguments.length + (8 * number if arguments.lengths_differ else 0)
            data = BINDING_REQUEST + COOKIE + os.urandom(12) if arguments.stun else b"\x21\x31\x00\x30" + os.urandom(length - 4)
            sender.sendto(data, (host, arguments.port))
            time.sleep(0.03)


main()
