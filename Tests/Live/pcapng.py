"""Reading and continuing the recordings that `watch -w` makes (pcapng, https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html)."""
import struct

INTERFACE, PACKET = 1, 6  # interface description block, enhanced packet block
RESOLUTION = 9  # if_tsresol


class Recording:
    def __init__(self, path):
        """Frames as (seconds, bytes)."""
        with open(path, "rb") as file:
            self.data = file.read()
        self.order = "<" if self.data[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
        self.units, self.frames, position = [], [], 0
        while position + 12 <= len(self.data):
            kind, length = struct.unpack_from(self.order + "II", self.data, position)
            if kind == INTERFACE:
                self.units.append(self.resolution(position + 16, position + length - 4))
            elif kind == PACKET:
                interface, high, low, kept = struct.unpack_from(self.order + "IIII", self.data, position + 8)
                self.frames.append(((high << 32 | low) / self.units[interface], self.data[position + 28:position + 28 + kept]))
            position += length

    def resolution(self, position, end):
        """Units a second; without the option they are microseconds."""
        while position + 4 <= end:
            code, length = struct.unpack_from(self.order + "HH", self.data, position)
            if code == RESOLUTION:
                return 10 ** self.data[position + 4]
            position += 4 + (length + 3) // 4 * 4
        return 1_000_000

    def first(self, sender, content):
        """When this sender first sent this content, if ever."""
        source = address(sender)
        return next((time for time, frame in self.frames if frame[6:12] == source and content in frame), None)

    def octets(self, sender, receiver):
        head = address(receiver) + address(sender)
        return sum(len(frame) for _, frame in self.frames if frame[:12] == head)

    def continued(self, path, seconds, frame):
        """The same at `path`, with one frame more so many seconds after the last."""
        time = int((self.frames[-1][0] + seconds) * self.units[0])
        body = frame + bytes(-len(frame) % 4)
        length = 32 + len(body)
        record = struct.pack(self.order + "7I", PACKET, length, 0, time >> 32, time & 0xFFFFFFFF, len(frame), len(frame)) + body
        record += struct.pack(self.order + "I", length)
        with open(path, "wb") as file:
            file.write(self.data + record + frame)


def address(mac):
    return bytes.fromhex(mac.replace(":", ""))


def arp_request(sender, sender_ip, target_ip):
    """RFC 826."""
    packed = [bytes(map(int, ip.split("."))) for ip in (sender_ip, target_ip)]
    return b"\xff" * 6 + address(sender) + bytes.fromhex("0806 0001 0800 06 04 0001") + address(sender) + packed[0] + bytes(6) + packed[1]
