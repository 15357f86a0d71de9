"""Three boards of one maker: two send, one records. Only the direction of the video distinguishes them."""

import time

from network import Host

ABOUT = "A Raspberry Pi records live H.264 from two others, from one over UDP and from the other inside TCP."

ON_UDP = Host("hall", "b8:27:eb:5c:01:0a", "192.168.50.20",
              {"is": "camera", "flagged": True, "at_least": "probable", "role": "camera"})
ON_TCP = Host("stairs", "dc:a6:32:4e:80:b2", "192.168.50.21",
              {"is": "camera", "flagged": True, "at_least": "probable", "role": "camera"})
RECORDER = Host("recorder", "b8:27:eb:d3:77:12", "192.168.50.5", {"is": "computer", "flagged": False, "role": "viewer"})
HOSTS = [ON_UDP, ON_TCP, RECORDER]

OBSERVATIONS = [
    (ON_UDP, "rtsp.server", "GStreamer RTSP server"),
    (ON_TCP, "rtsp.server", "GStreamer RTSP server"),
    (RECORDER, "rtsp.user_agent", "Lavf59.27.100"),
]


def play(lab):
    for camera in (ON_UDP, ON_TCP):
        lab.program(camera, "rtsp_camera", "--path", "/stream1", "--rate", 48)
    lab.record()
    recordings = []
    for camera, transport in ((ON_UDP, "udp"), (ON_TCP, "tcp")):
        recordings.append(lab.start(
            RECORDER, "ffmpeg", "-loglevel", "error", "-rtsp_transport", transport, "-i", f"rtsp://{camera.ip}/stream1",
            *"-t 4 -c copy -f null -".split()))
        time.sleep(0.5)
    for recording in recordings:
        lab.finish(recording)
