"""A Raspberry Pi with Motion, a usual home-made surveillance camera: another form of MJPEG over HTTP."""

import time

from network import Host

ABOUT = "A Raspberry Pi runs Motion; a laptop watches its MJPEG stream on port 8081."

CAMERA = Host("camera", "b8:27:eb:90:4f:33", "192.168.1.77",
              {"is": "camera", "flagged": True, "at_least": "probable", "role": "camera"})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.1.31", {"is": "computer", "flagged": False, "role": "viewer"})
HOSTS = [CAMERA, LAPTOP]

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

OBSERVATIONS = [
    (CAMERA, "http.content_type", "multipart/x-mixed-replace"),
    (CAMERA, "http.video", "BoundaryString"),
    (LAPTOP, "http.user_agent", BROWSER),
]

SETTINGS = """daemon off
log_level 6
netcam_url file://{video}
width 176
height 144
framerate 6
picture_output off
movie_output off
pre_capture 0
stream_port 8081
stream_localhost off
stream_maxrate 5
stream_quality 40
target_dir {folder}
"""


def play(lab):
    video = lab.work / "video.mkv"
    lab.run(CAMERA, *"ffmpeg -loglevel error -f lavfi -i testsrc=size=176x144:rate=6 -t 30 -c:v libx264 -pix_fmt yuv420p".split(),
            video)
    settings = lab.work / "motion.conf"
    settings.write_text(SETTINGS.format(video=video, folder=lab.work))
    lab.start(CAMERA, "motion", "-n", "-c", settings, ready="connected")
    time.sleep(3)  # until there is a picture, it closes the connection
    lab.record()
    lab.run(LAPTOP, *"curl -s -o /dev/null --max-time 6 -A".split(), BROWSER, f"http://{CAMERA.ip}:8081/",
            allowed=[28])  # a stream has no end, so curl's time runs out
