"""Video in an unknown protocol, as the peer-to-peer libraries of cameras send it: each picture of a film is cut into UDP datagrams of at
most 1,100 bytes, whose contents look encrypted. Sizes and times of the pictures are the film's."""

import argparse
import os
import socket
import subprocess
import time

LARGEST = 1100


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    arguments = parser.parse_args()
    pictures = list_pictures(arguments.film)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.connect((arguments.host, arguments.port))
    print("ready")
    start = time.monotonic()
    for moment, size in pictures:
        time.sleep(max(0, start + moment - time.monotonic()))
        for offset in range(0, size, LARGEST):
            sender.send(b"\xb7\x1e" + os.urandom(min(LARGEST, size - offset) + 10))


def list_pictures(film):
    listed = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=dts_time,size", "-of", "csv=p=0", film],
        check=True, capture_output=True, text=True).stdout.split()
    pictures = [line.rstrip(",").split(",") for line in listed]
    return [(float(moment), int(size)) for moment, size in pictures]


main()
