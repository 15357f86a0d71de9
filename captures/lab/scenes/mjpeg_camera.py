"""The cheapest hidden camera: an ESP32 with a lens, watched in a browser."""

import time

from network import Host

ABOUT = "An ESP32-CAM serves MJPEG over HTTP on port 81; a laptop opens its page and watches the stream."

CAMERA = Host("camera", "24:6f:28:9d:3c:50", "192.168.4.20",
              {"is": "camera", "flagged": True, "at_least": "probable", "role": "camera"})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.4.31", {"is": "computer", "flagged": False, "role": "viewer"})
HOSTS = [CAMERA, LAPTOP]

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

OBSERVATIONS = [
    (CAMERA, "http.content_type", "multipart/x-mixed-replace"),
    (CAMERA, "http.video", "123456789000000000000987654321"),
    (CAMERA, "http.title", "ESP32 OV2640"),
    (LAPTOP, "http.user_agent", BROWSER),
    (LAPTOP, "http.path", "GET /stream"),
]


def play(lab):
    pictures = lab.work / "frame-%02d.jpg"
    lab.run(CAMERA, *"ffmpeg -loglevel error -f lavfi -i testsrc=size=160x120:rate=6 -frames:v 12 -q:v 10".split(), pictures)
    lab.program(CAMERA, "mjpeg_camera", *sorted(lab.work.glob("frame-*.jpg")))
    lab.record()
    for page in ("", "status"):
        lab.run(LAPTOP, "curl", "-s", "-A", BROWSER, f"http://{CAMERA.ip}/{page}")
        time.sleep(0.2)
    lab.run(LAPTOP, *"curl -s -o /dev/null --max-time 4 -A".split(), BROWSER, f"http://{CAMERA.ip}:81/stream",
            allowed=[28])  # a stream has no end, so curl's time runs out
