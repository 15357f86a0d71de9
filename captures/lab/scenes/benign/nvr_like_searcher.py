"""A computer searches for cameras of every make and gets no answer: a searcher is not a camera."""

import time

from network import PROGRAMS, PYTHON, Host

ABOUT = "A computer searches for cameras by SADP, DHIP, PPPP, Xiongmai and ONVIF; no device answers."

DESKTOP = Host("desktop", "a4:bb:6d:30:12:77", "192.168.70.41", {"is": "computer", "flagged": False})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.70.31", {"is": "computer", "flagged": False})
HOSTS = [DESKTOP, LAPTOP]

# Nothing that it sends is about itself.
OBSERVATIONS = []


def play(lab):
    time.sleep(2)
    lab.record()
    lab.run(LAPTOP, "ping", "-c", 2, DESKTOP.ip)  # or the laptop would not be in the capture at all
    lab.run(DESKTOP, PYTHON, PROGRAMS / "camera_search.py")
    lab.run(DESKTOP, PYTHON, PROGRAMS / "wsd_search.py")
