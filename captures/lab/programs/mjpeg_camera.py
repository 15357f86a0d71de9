"""An ESP32-CAM with the CameraWebServer sketch of its maker: page on port 80, endless JPEGs on port 81, chunked."""

import argparse
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BOUNDARY = "123456789000000000000987654321"  # PART_BOUNDARY in app_httpd.cpp
PAGE = b"<!doctype html><html><head><title>ESP32 OV2640</title></head><body><img id=\"stream\"></body></html>"
STATUS = b'{"framesize":1,"quality":10,"brightness":0,"contrast":0,"saturation":0,"hmirror":0,"vflip":0}'


class Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def begin(self, *headers):
        self.send_response_only(200)  # the sketch's server sends neither Server nor Date
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()


class Control(Quiet):
    def do_GET(self):
        body, kind = (STATUS, "application/json") if self.path == "/status" else (PAGE, "text/html")
        self.begin(("Content-Type", kind), ("Content-Length", len(body)), ("Access-Control-Allow-Origin", "*"))
        self.wfile.write(body)


class Stream(Quiet):
    def do_GET(self):
        self.begin(("Content-Type", f"multipart/x-mixed-replace;boundary={BOUNDARY}"), ("Transfer-Encoding", "chunked"),
                   ("Access-Control-Allow-Origin", "*"), ("X-Framerate", "60"))
        try:
            while True:
                for frame in self.server.frames:
                    self.send_frame(frame)
                    time.sleep(0.15)
        except OSError:
            self.close_connection = True  # the viewer has gone

    def send_frame(self, frame):
        stamp = f"{time.monotonic():.6f}"
        self.chunk(f"\r\n--{BOUNDARY}\r\n".encode())
        self.chunk(f"Content-Type: image/jpeg\r\nContent-Length: {len(frame)}\r\nX-Timestamp: {stamp}\r\n\r\n".encode())
        self.chunk(frame)

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("frames", type=Path, nargs="+")
    arguments = parser.parse_args()
    stream = ThreadingHTTPServer(("0.0.0.0", 81), Stream)
    stream.frames = [path.read_bytes() for path in arguments.frames]
    threading.Thread(target=stream.serve_forever, daemon=True).start()
    control = ThreadingHTTPServer(("0.0.0.0", 80), Control)
    print("ready")
    control.serve_forever()


main()
