"""A camera as tutorials build it, from pictures or a film in a loop: a page with an MJPEG stream, as in the manual of Picamera2, and the same
film as an MPEG transport stream in WebSocket messages, as jsmpeg plays it."""

import argparse
import base64
import hashlib
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = b"""<html><head><title>picamera2 MJPEG streaming demo</title></head>
<body><h1>Picamera2 MJPEG Streaming Demo</h1><img src="stream.mjpg" width="160" height="120" /></body></html>
"""
KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        try:
            if self.headers.get("Upgrade") == "websocket":
                self.film()
            elif self.path == "/stream.mjpg":
                self.stream()
            else:
                self.answer(200, ("Content-Type", "text/html"), ("Content-Length", len(PAGE)))
                self.wfile.write(PAGE)
        except OSError:
            self.close_connection = True  # the viewer has gone

    def answer(self, status, *headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def stream(self):
        self.answer(200, ("Age", 0), ("Cache-Control", "no-cache, private"), ("Pragma", "no-cache"),
                    ("Content-Type", "multipart/x-mixed-replace; boundary=FRAME"))
        while True:
            for picture in self.server.pictures:
                self.wfile.write(b"--FRAME\r\n")
                self.send_header("Content-Type", "image/jpeg")
                self.send_header("Content-Length", len(picture))
                self.end_headers()
                self.wfile.write(picture + b"\r\n")
                time.sleep(0.2)

    def film(self):
        accept = base64.b64encode(hashlib.sha1(self.headers["Sec-WebSocket-Key"].encode() + KEY).digest()).decode()
        self.protocol_version = "HTTP/1.1"
        self.answer(101, ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept))
        source = subprocess.Popen(
            "ffmpeg -loglevel error -re -f lavfi -i testsrc=size=128x96:rate=10 -c:v mpeg1video -r 24 -b:v 40k -f mpegts -".split(),
            stdout=subprocess.PIPE)
        try:
            while piece := source.stdout.read1(4096):
                size = bytes([len(piece)]) if len(piece) < 126 else b"\x7e" + len(piece).to_bytes(2, "big")
                self.wfile.write(b"\x82" + size + piece)
        finally:
            source.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", type=Path, nargs="+")
    arguments = parser.parse_args()
    server = ThreadingHTTPServer(("0.0.0.0", 8000), Handler)
    server.pictures = [path.read_bytes() for path in arguments.pictures]
    threading.Thread(target=server.serve_forever).start()
    print("ready", flush=True)


main()
