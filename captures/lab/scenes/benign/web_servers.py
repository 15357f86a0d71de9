"""Web servers that send what cameras send, but no live picture: a film with an end and a photo album."""

import time

from network import Host

ABOUT = "A storage box serves a film as HLS and an album of photographs; a laptop plays the film and leafs through the album."

STORE = Host("store", "00:11:32:5c:09:4e", "192.168.1.40", {"is": "storage", "flagged": False})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.1.31", {"is": "computer", "flagged": False})
HOSTS = [STORE, LAPTOP]

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

OBSERVATIONS = [
    (STORE, "http.content_type", "image/jpeg"),
    (STORE, "http.content_type", "application/vnd.apple.mpegurl"),
]


def play(lab):
    folder = lab.work / "shared"
    folder.mkdir()
    lab.run(STORE, *"ffmpeg -loglevel error -f lavfi -i testsrc=size=96x72:rate=6 -t 40 -c:v libx264 -crf 45 -g 12 -f hls".split(),
            *"-hls_time 2 -hls_playlist_type vod".split(), folder / "film.m3u8")
    lab.run(STORE, *"ffmpeg -loglevel error -f lavfi -i mandelbrot=size=128x96:rate=1 -frames:v 24 -q:v 12".split(),
            folder / "photo-%02d.jpg")
    lab.start(STORE, "python3", "-u", "-m", "http.server", "8888", "-d", folder, ready="Serving HTTP")
    lab.record()
    lab.run(LAPTOP, *"ffmpeg -loglevel error -re -user_agent".split(), BROWSER, "-i", f"http://{STORE.ip}:8888/film.m3u8",
            *"-t 14 -f null -".split(), seconds=60)
    for number in range(1, 25):
        lab.run(LAPTOP, "curl", "-s", "-o", "/dev/null", "-A", BROWSER, f"http://{STORE.ip}:8888/photo-{number:02}.jpg")
        time.sleep(0.3)
