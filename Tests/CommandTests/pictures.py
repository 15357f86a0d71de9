"""Tries to make pictures of what a capture holds, as somebody with ffmpeg would.

    pictures.py CAPTURE    prints whether there is a picture: 0 or 1

Ethernet with IPv4 or IPv6 and without options. It puts together what each side of each conversation sent, takes RTP apart, and gives all of it
to the decoders of ffmpeg.
"""
import os
import struct
import subprocess
import sys
import tempfile

DEMUXERS = ["mjpeg", "mpjpeg", "h264", "hevc", "mpegts", "image2pipe"]
START = b"\0\0\0\1"


def frames(path):
    with open(path, "rb") as file:
        data = file.read()
    position = 0
    while position + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, position)
        if kind == 6:
            kept = struct.unpack_from("<I", data, position + 20)[0]
            yield data[position + 28:position + 28 + kept]
        position += length


def payload(frame):
    """Its conversation, its protocol and what is behind the headers."""
    kind = struct.unpack_from(">H", frame, 12)[0]
    if kind == 0x0800:
        length = (frame[14] & 15) * 4
        protocol, addresses, end = frame[23], frame[26:34], 14 + struct.unpack_from(">H", frame, 16)[0]
    elif kind == 0x86DD:
        length, protocol, addresses, end = 40, frame[20], frame[22:54], 54 + struct.unpack_from(">H", frame, 18)[0]
    else:
        return None
    start = 14 + length
    if protocol == 17 and len(frame) >= start + 8:
        return addresses + frame[start:start + 4], protocol, frame[start + 8:end]
    if protocol == 6 and len(frame) >= start + 20:
        return addresses + frame[start:start + 4], protocol, frame[start + (frame[start + 12] >> 4) * 4:end]
    return None


def units(packet):
    """H.264 within a packet of RTP: RFC 6184."""
    if len(packet) < 14 or packet[0] & 0xC0 != 0x80:
        return b""
    body = packet[12 + (packet[0] & 15) * 4:]
    if len(body) < 2:
        return b""
    kind = body[0] & 31
    if kind == 28:
        return (START + bytes([body[0] & 0xE0 | body[1] & 31]) if body[1] & 0x80 else b"") + body[2:]
    if kind == 24:
        out, rest = b"", body[1:]
        while len(rest) > 2:
            size = struct.unpack_from(">H", rest)[0]
            out, rest = out + START + rest[2:2 + size], rest[2 + size:]
        return out
    return START + body


def interleaved(stream):
    """Packets of RTP within a connection of RTSP: RFC 2326, section 10.12."""
    position = 0
    while position + 4 <= len(stream):
        if stream[position] != 0x24 or stream[position + 1] > 15:
            position += 1
            continue
        length = struct.unpack_from(">H", stream, position + 2)[0]
        yield stream[position + 4:position + 4 + length]
        position += 4 + length


def is_picture(data, folder):
    source, target = os.path.join(folder, "source"), os.path.join(folder, "picture.png")
    with open(source, "wb") as file:
        file.write(data)
    for demuxer in DEMUXERS:
        command = ["ffmpeg", "-v", "quiet", "-y", "-f", demuxer, "-i", source, "-frames:v", "1", target]
        try:
            subprocess.run(command, stdin=subprocess.DEVNULL, timeout=20, check=False)
        except subprocess.TimeoutExpired:
            continue
        if os.path.exists(target) and os.path.getsize(target):
            return True
    return False


def is_text(data):
    return all(byte in b"\t\r\n" or 0x20 <= byte < 0x7F for byte in data)


def main():
    streams, media = {}, {}
    for frame in frames(sys.argv[1]):
        found = payload(frame)
        if not found:
            continue
        conversation, protocol, content = found
        streams[conversation] = streams.get(conversation, b"") + content
        if protocol == 17:
            media[conversation] = media.get(conversation, b"") + units(content)
    for conversation, stream in streams.items():
        media[conversation] = media.get(conversation, b"") + b"".join(units(packet) for packet in interleaved(stream))
    whole = list(media.values()) + list(streams.values())
    # Also from the middle on, where the beginning is no picture.
    whole += [data[data.find(b"\xff\xd8\xff"):] for data in streams.values() if data.find(b"\xff\xd8\xff") > 0]
    with tempfile.TemporaryDirectory() as folder:
        print(int(any(is_picture(data, folder) for data in whole if not is_text(data))))


main()
