"""The long way to the internet: an interface in each of two namespaces; packets take their time from one to the other. The first
interface sends no faster than its line; what would wait too long there is lost, as in a router. Packets stay in order."""

import argparse
import collections
import ctypes
import fcntl
import os
import select
import struct
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
LONGEST_QUEUE = 0.3  # seconds


class Side:
    """An interface, and the packets on their way from it."""

    def __init__(self, namespace, name, delay, rate=None):
        with open(f"/run/netns/{namespace}") as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
        self.file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.file, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
        self.delay, self.rate = delay, rate
        self.line_free = 0.0
        self.on_their_way = collections.deque()

    def take(self, now):
        try:
            packet = os.read(self.file, 65535)
        except BlockingIOError:
            return
        sent = now
        if self.rate:
            sent = max(now, self.line_free) + len(packet) / self.rate
            if sent - now > LONGEST_QUEUE:
                return
            self.line_free = sent
        self.on_their_way.append((sent + self.delay, packet))

    def deliver(self, now, other):
        while self.on_their_way and self.on_their_way[0][0] <= now:
            try:
                os.write(other.file, self.on_their_way.popleft()[1])
            except OSError:
                pass  # the other interface is down


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ends", nargs=4, metavar="NAMESPACE INTERFACE")
    parser.add_argument("milliseconds", type=float)
    parser.add_argument("kilobits", type=float)
    arguments = parser.parse_args()
    near = Side(*arguments.ends[:2], arguments.milliseconds / 1000, arguments.kilobits * 1000 / 8)
    far = Side(*arguments.ends[2:], arguments.milliseconds / 1000)
    print("ready")
    while True:
        due = min((side.on_their_way[0][0] for side in (near, far) if side.on_their_way), default=None)
        wait = None if due is None else max(0, due - time.monotonic())
        readable, _, _ = select.select([near.file, far.file], [], [], wait)
        now = time.monotonic()
        for side, other in ((near, far), (far, near)):
            if side.file in readable:
                side.take(now)
            side.deliver(now, other)


main()
