"""Reading and continuing the recordings that `watch -w` makes (pcap, https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-03.html)."""
import struct

HEADER, RECORD = 24, 16
NANOSECONDS = 0xA1B23C4D


class Recording:
    def __init__(self, path):
        """Frames as (seconds, bytes)."""
        with open(path, "rb") as file:
            self.data = file.read()
        self.order = "<" if self.data[0] in (0xD4, 0x4D) else ">"
        magic, = struct.unpack_from(self.order + "I", self.data)
        self.fraction = 1_000_000_000 if magic == NANOSECONDS else 1_000_000
        self.frames, position = [], HEADER
        while position + RECORD <= len(self.data):
            seconds, part, kept, _ = struct.unpack_from(self.order + "IIII", self.data, position)
            position += RECORD
            self.frames.append((seconds + part / self.fraction, self.data[position:position + kept]))
            position += kept

    def first(self, sender, content):
        """When this sender first sent this content, if ever."""
        source = address(sender)
        return next((time for time, frame in self.frames if frame[6:12] == source and content in frame), None)

    def octets(self, sender, receiver):
        head = address(receiver) + address(sender)
        return sum(len(frame) for _, frame in self.frames if frame[:12] == head)

    def continued(self, path, seconds, frame):
        """The same at `path`, with one frame more so many seconds after the last."""
        time = self.frames[-1][0] + seconds
        record = struct.pack(self.order + "IIII", int(time), int(time % 1 * self.fraction), len(frame), len(frame))
        with open(path, "wb") as file:
            file.write(self.data + record + frame)


def address(mac):
    return bytes.fromhex(mac.replace(":", ""))


def arp_request(sender, sender_ip, target_ip):
    """RFC 826."""
    packed = [bytes(map(int, ip.split("."))) for ip in (sender_ip, target_ip)]
    return b"\xff" * 6 + address(sender) + bytes.fromhex("0806 0001 0800 06 04 0001") + address(sender) + packed[0] + bytes(6) + packed[1]
