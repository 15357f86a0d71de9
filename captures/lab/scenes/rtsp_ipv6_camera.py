"""A camera is watched over IPv6: nothing in this capture has an IPv4 address."""

import time

from network import Host

ABOUT = "A Raspberry Pi serves live H.264 over RTSP; a laptop pulls it over UDP, all of it by IPv6."

CAMERA = Host("camera", "e4:5f:01:2b:6c:d8", "fd42:50::20",
              {"is": "camera", "flagged": True, "at_least": "probable", "role": "camera"})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "fd42:50::31", {"is": "computer", "flagged": False, "role": "viewer"})
HOSTS = [CAMERA, LAPTOP]

OBSERVATIONS = [
    (CAMERA, "rtsp.server", "GStreamer RTSP server"),
    (CAMERA, "sdp.tool", "GStreamer"),
    (LAPTOP, "rtsp.user_agent", "Lavf59.27.100"),
]


def play(lab):
    time.sleep(2)
    lab.program(CAMERA, "rtsp_camera", "--path", "/cam")
    lab.record()
    lab.run(LAPTOP, *"ffmpeg -loglevel error -rtsp_transport udp -i".split(), f"rtsp://[{CAMERA.ip}]/cam",
            *"-t 5 -c copy -f null -".split())
