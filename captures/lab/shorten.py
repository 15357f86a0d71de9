"""Makes a recording small: packets that only carry bulk keep little more than their headers. Their length on the wire stays in the
record, and in the IP header."""

import collections
import struct

WHOLE = 12  # packets with payload that stay whole, in each direction of a connection: greetings, requests, sequence headers
KEPT = {6: 0, 17: 16}  # bytes of payload of the others, by transport; of UDP RTP's header and a little
SMALL = 120  # packets up to this length stay whole, such as STUN, keep-alives and commands
WHOLE_PORTS = {53, 67, 68}


def shorten(pcap, whole=WHOLE, gaps=()):
    """Rewrites the file. `gaps` are pairs (number of the pause, seconds): the Nth pause of more than five seconds becomes that long."""
    data = pcap.read_bytes()
    if data[:4] != b"\xd4\xc3\xb2\xa1":
        raise RuntimeError("not a pcap file of this machine")
    written, seen = [data[:24]], collections.Counter()
    longer, later, pauses, last = dict(gaps), 0.0, 0, None
    for seconds, micros, packet, length in records(data):
        now = seconds + micros / 1e6
        if last is not None and now - last > 5:
            pauses += 1
            later += max(0, longer.get(pauses, 0) - (now - last))
        last = now
        kept = packet[: keep(packet, whole, seen)]
        written.append(struct.pack("<IIII", seconds + int(later), micros, len(kept), length) + kept)
    pcap.write_bytes(b"".join(written))


def records(data):
    offset = 24
    while offset + 16 <= len(data):
        seconds, micros, captured, length = struct.unpack_from("<IIII", data, offset)
        yield seconds, micros, data[offset + 16 : offset + 16 + captured], length
        offset += 16 + captured


def keep(frame, whole, seen):
    """How many bytes of an Ethernet frame stay."""
    if frame[12:14] != b"\x08\x00" or frame[23] not in KEPT:
        return len(frame)
    transport = 14 + 4 * (frame[14] & 15)
    source, target = struct.unpack_from(">HH", frame, transport)
    header = transport + (4 * (frame[transport + 12] >> 4) if frame[23] == 6 else 8)
    payload = 14 + int.from_bytes(frame[16:18], "big") - header
    if payload <= SMALL or {source, target} & WHOLE_PORTS:
        return len(frame)
    flow = frame[23:24] + frame[26:34] + frame[transport : transport + 4]
    seen[flow] += 1
    return len(frame) if seen[flow] <= whole else header + KEPT[frame[23]]
