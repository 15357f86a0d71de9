"""A camera with a password and sound streams inside the RTSP connection."""

from network import Host

ABOUT = "A Raspberry Pi asks for a password (Digest) and serves live H.264 and G.711 over RTSP, interleaved in TCP."

CAMERA = Host("camera", "dc:a6:32:07:5e:21", "192.168.60.20",
              {"is": "camera", "flagged": True, "at_least": "probable", "role": "camera"})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.60.31", {"is": "computer", "flagged": False, "role": "viewer"})
HOSTS = [CAMERA, LAPTOP]

OBSERVATIONS = [
    (CAMERA, "rtsp.server", "GStreamer RTSP server"),
    (CAMERA, "rtsp.realm", "GStreamer RTSP Server"),
    (CAMERA, "sdp.tool", "GStreamer"),
    (LAPTOP, "rtsp.user_agent", "Lavf59.27.100"),
]


def play(lab):
    lab.program(CAMERA, "rtsp_camera", "--port", 8554, "--path", "/live/main", "--audio", "--password", "admin:lenscap-lab")
    lab.record()
    lab.run(LAPTOP, *"ffmpeg -loglevel error -rtsp_transport tcp -i".split(),
            f"rtsp://admin:lenscap-lab@{CAMERA.ip}:8554/live/main", *"-t 5 -c copy -f null -".split())
