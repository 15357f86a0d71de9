"""Cameras as tutorials teach to build them, on a computer of the size of a credit card: a page and endless JPEGs.

    manual    Python's http.server, as in the manual of the Raspberry Pi's camera library: boundary FRAME
    flask     Flask's own server, and a generator: boundary frame
    polled    http.server; the page loads one picture again and again
"""

import argparse
import itertools
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Manual(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/stream.mjpg":
            self.stream()
        elif self.path.startswith("/picture.jpg"):
            self.answer("image/jpeg", self.server.pictures[int(time.time() * 5) % len(self.server.pictures)])
        else:
            self.answer("text/html", b"<html><head><title>My camera</title></head><body><img src=\"stream.mjpg\"></body></html>")

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self):
        self.send_response(200)
        for name, value in (("Age", "0"), ("Cache-Control", "no-cache, private"), ("Pragma", "no-cache"),
                            ("Content-Type", "multipart/x-mixed-replace; boundary=FRAME")):
            self.send_header(name, value)
        self.end_headers()
        try:
            for picture in endless(self.server.pictures):
                self.wfile.write(b"--FRAME\r\n")
                self.send_header("Content-Type", "image/jpeg")
                self.send_header("Content-Length", str(len(picture)))
                self.end_headers()
                self.wfile.write(picture)
                self.wfile.write(b"\r\n")
        except OSError:
            pass  # the viewer has gone

    def log_message(self, *_):
        pass


def endless(pictures):
    for picture in itertools.cycle(pictures):
        yield picture
        time.sleep(0.2)


def serve_flask(pictures):
    from flask import Flask, Response

    application = Flask("camera")

    @application.route("/")
    def page():
        return "<html><head><title>Video Streaming</title></head><body><img src='/video_feed'></body></html>"

    @application.route("/video_feed")
    def feed():
        parts = (b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + picture + b"\r\n" for picture in endless(pictures))
        return Response(parts, mimetype="multipart/x-mixed-replace; boundary=frame")

    print("ready")
    application.run("0.0.0.0", 5000, threaded=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["manual", "flask", "polled"])
    parser.add_argument("pictures", type=Path, nargs="+")
    arguments = parser.parse_args()
    pictures = [path.read_bytes() for path in arguments.pictures]
    if arguments.kind == "flask":
        serve_flask(pictures)
    server = ThreadingHTTPServer(("0.0.0.0", 8000), Manual)
    server.pictures = pictures
    print("ready")
    server.serve_forever()


main()
