"""A home-made camera streams over RTP and UDP to a laptop that requested it over RTSP."""

from network import Host

ABOUT = "A Raspberry Pi serves live H.264 over RTSP; a laptop pulls it over UDP."

CAMERA = Host("camera", "b8:27:eb:5c:01:0a", "192.168.50.20",
              {"is": "camera", "flagged": True, "at_least": "probable", "role": "camera"})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.50.31", {"is": "computer", "flagged": False, "role": "viewer"})
HOSTS = [CAMERA, LAPTOP]

OBSERVATIONS = [
    (CAMERA, "rtsp.server", "GStreamer RTSP server"),
    (CAMERA, "sdp.tool", "GStreamer"),
    (LAPTOP, "rtsp.user_agent", "Lavf59.27.100"),
]


def play(lab):
    lab.program(CAMERA, "rtsp_camera", "--path", "/cam")
    lab.record()
    lab.run(LAPTOP, *"ffmpeg -loglevel error -rtsp_transport udp -i".split(), f"rtsp://{CAMERA.ip}/cam",
            *"-t 5 -c copy -f null -".split())
