"""A camera is watched over RTSP in HTTP: answers and media in one connection, requests in base64 in another."""

from network import Host

ABOUT = "A Raspberry Pi serves live H.264 over RTSP; a laptop pulls it tunnelled in HTTP, by a GET and a POST."

CAMERA = Host("camera", "dc:a6:32:3b:90:47", "192.168.62.20",
              {"is": "camera", "flagged": True, "at_least": "probable", "role": "camera"})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.62.31", {"is": "computer", "flagged": False, "role": "viewer"})
HOSTS = [CAMERA, LAPTOP]

OBSERVATIONS = [
    (CAMERA, "http.content_type", "application/x-rtsp-tunnelled"),
    (CAMERA, "rtsp.server", "GStreamer RTSP server"),
    (CAMERA, "sdp.tool", "GStreamer"),
    (LAPTOP, "http.path", "GET /live"),
]


def play(lab):
    lab.program(CAMERA, "rtsp_camera", "--port", 8554, "--path", "/live")
    lab.record()
    lab.run(LAPTOP, *"ffmpeg -loglevel error -rtsp_transport http -i".split(), f"rtsp://{CAMERA.ip}:8554/live",
            *"-t 4 -c copy -f null -".split())
