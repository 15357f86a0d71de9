"""What the checks of the corpus share: their options, the captures, and a decoder that is not the engine, and knows only where packets
begin and end."""

import argparse
import csv
import gzip
import os
import struct


def arguments(description):
    """A parser with the options that all checks have."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("corpus")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each Nth capture")
    return parser


def chosen(options):
    """The paths of the captures to be looked at, within the corpus."""
    with open(os.path.join(options.corpus, "manifest.tsv")) as manifest:
        return [row["path"] for row in csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE)][:: options.every]


def packets(path):
    """The bytes of each packet of a pcap or pcapng file, in the order and with the numbers that packet analysers show (from 1)."""
    data = open(path, "rb").read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    magic = data[:4]
    if magic == b"\x0a\x0d\x0d\x0a":
        yield from _pcapng(data)
    else:
        order = "<" if magic[:2] in (b"\xd4\xc3", b"\x4d\x3c", b"\x34\xcd") else ">"
        yield from _pcap(data, order, 24 if magic in (b"\x34\xcd\xb2\xa1", b"\xa1\xb2\xcd\x34") else 16)


def _pcap(data, order, header):
    offset = 24
    while offset + header <= len(data):
        length = struct.unpack_from(order + "I", data, offset + 8)[0]
        yield data[offset + header : offset + header + length]
        offset += header + length


def _pcapng(data):
    offset, order = 0, "<"
    while offset + 12 <= len(data):
        if data[offset : offset + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[offset + 8 : offset + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, length = struct.unpack_from(order + "II", data, offset)
        if length < 12:
            return
        if kind in (2, 6):  # Packet Block, Enhanced Packet Block
            captured = struct.unpack_from(order + "I", data, offset + 20)[0]
            yield data[offset + 28 : offset + 28 + captured]
        elif kind == 3:  # Simple Packet Block
            yield data[offset + 12 : offset + length - 4]
        elif kind in (9, 0x204, 0xBAD, 0x40000BAD):  # numbered too, but no packets
            yield b""
        offset += length
