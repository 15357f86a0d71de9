"""Opens a WebSocket as a browser does, and reads what comes for some seconds."""

import argparse
import socket
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("seconds", type=float)
    arguments = parser.parse_args()
    end = time.monotonic() + arguments.seconds
    with socket.create_connection((arguments.address, arguments.port)) as connection:
        connection.sendall(
            f"GET {arguments.path} HTTP/1.1\r\nHost: {arguments.address}:{arguments.port}\r\n"
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
        print("ready")
        connection.settimeout(1)
        while time.monotonic() < end:
            try:
                if not connection.recv(65536):
                    break
            except TimeoutError:
                pass


main()
