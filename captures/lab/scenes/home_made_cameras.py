"""Cameras that tutorials teach to build, watched in a browser: the forms that have no maker's mark."""

import time

from network import Host

ABOUT = ("One Raspberry Pi serves MJPEG with the example of Picamera2's manual, the next the same film over WebSocket for jsmpeg, "
         "the third HLS with a web server; a laptop watches them.")

CAMERA = {"is": "camera", "flagged": True, "at_least": "probable", "role": "camera"}
PAGE = Host("page", "b8:27:eb:1c:60:11", "192.168.1.61", CAMERA)
SOCKET = Host("socket", "dc:a6:32:41:09:7e", "192.168.1.62", CAMERA)
FILES = Host("files", "e4:5f:01:7a:33:20", "192.168.1.63", CAMERA)
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.1.31", {"is": "computer", "flagged": False})
HOSTS = [PAGE, SOCKET, FILES, LAPTOP]

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

OBSERVATIONS = [
    (PAGE, "http.title", "picamera2 MJPEG streaming demo"),
    (PAGE, "http.video", "FRAME"),
    (FILES, "http.content_type", "application/vnd.apple.mpegurl"),
]


def play(lab):
    pictures = lab.work / "frame-%02d.jpg"
    lab.run(PAGE, *"ffmpeg -loglevel error -f lavfi -i testsrc=size=96x72:rate=6 -frames:v 12 -q:v 15".split(), pictures)
    for host in (PAGE, SOCKET):
        lab.program(host, "home_made_camera", *sorted(lab.work.glob("frame-*.jpg")))
    folder = lab.work / "hls"
    folder.mkdir()
    lab.start(FILES, *"ffmpeg -loglevel error -re -f lavfi -i testsrc=size=96x72:rate=6 -c:v libx264 -crf 45 -g 12 -f hls".split(),
              *"-hls_time 2 -hls_list_size 4 -hls_flags delete_segments".split(), folder / "cam.m3u8")
    lab.start(FILES, "python3", "-u", "-m", "http.server", "8888", "-d", folder, ready="Serving HTTP")
    time.sleep(8)  # until there are segments
    lab.record()
    lab.run(LAPTOP, "curl", "-s", "-o", "/dev/null", "-A", BROWSER, f"http://{PAGE.ip}:8000/index.html")
    lab.run(LAPTOP, *"curl -s -o /dev/null --max-time 4 -A".split(), BROWSER, f"http://{PAGE.ip}:8000/stream.mjpg",
            allowed=[28])  # a stream has no end, so curl's time runs out
    lab.finish(lab.program(LAPTOP, "websocket_client", SOCKET.ip, "8000", "/", "7"))
    lab.run(LAPTOP, *"ffmpeg -loglevel error -user_agent".split(), BROWSER, "-i", f"http://{FILES.ip}:8888/cam.m3u8",
            *"-t 18 -f null -".split(), seconds=60)
