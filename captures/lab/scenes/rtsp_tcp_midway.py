"""The recording starts in the middle of a stream: no handshake, no SDP, until the viewer ends the session."""

import time

from network import Host

ABOUT = ("The middle and the end of an RTSP session in which a Raspberry Pi sends live H.264 inside TCP: the start of the "
         "connection was not recorded.")

CAMERA = Host("camera", "dc:a6:32:07:5e:21", "192.168.60.20",
              {"is": "camera", "flagged": True, "at_least": "probable", "role": "camera"})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.60.31", {"is": "computer", "flagged": False, "role": "viewer"})
HOSTS = [CAMERA, LAPTOP]

# From the end: the viewer's TEARDOWN and the camera's answer.
OBSERVATIONS = [
    (CAMERA, "rtsp.server", "GStreamer RTSP server"),
    (LAPTOP, "rtsp.user_agent", "GStreamer/1.22.0"),
]


def play(lab):
    lab.program(CAMERA, "rtsp_camera", "--path", "/live/main")
    # Not FFmpeg: that hangs up before the camera's answer is out.
    viewer = lab.start(LAPTOP, *"timeout --signal INT 8 gst-launch-1.0 rtspsrc protocols=tcp".split(),
                       f"location=rtsp://{CAMERA.ip}/live/main", "!", "fakesink")
    time.sleep(3)
    lab.record()
    lab.finish(viewer, allowed=[124])
