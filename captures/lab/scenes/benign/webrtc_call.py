"""A video call sends live video from a guest's device, in both directions: no camera to report."""

import time

from home import start_router
from network import Host

ABOUT = "Two laptops in a WebRTC call with sound and picture both ways, after asking a STUN server on the internet."

ROUTER = Host("router", "48:8f:5a:10:20:01", "192.168.88.1", {"is": "router", "flagged": False})
CALLER = Host("caller", "8c:8d:28:40:11:02", "192.168.88.31", {"is": "computer", "flagged": False},
              gateway=ROUTER.ip, dns=ROUTER.ip)
CALLED = Host("called", "3c:58:c2:7d:10:9a", "192.168.88.32", {"is": "computer", "flagged": False},
              gateway=ROUTER.ip, dns=ROUTER.ip)
HOSTS = [ROUTER, CALLER, CALLED]

STUN = "stun.l.google.com"

OBSERVATIONS = [
    (CALLER, "dns.query", STUN),
    (CALLED, "dns.query", STUN),
]


def play(lab):
    internet = start_router(lab, ROUTER, [STUN])
    lab.start(internet, *"turnserver -n --stun-only --no-cli --no-tls --no-dtls -p 19302 --listening-ip 203.0.113.10".split(),
              "--log-file=stdout", "--pidfile", lab.work / "turnserver.pid", "--userdb", lab.work / "turndb",
              ready="Total General servers")
    lab.record()
    signaling = lab.work / "signaling"
    meeting = ["--socket", signaling, "--stun", f"{STUN}:19302", "--seconds", 2]
    caller = lab.program(CALLER, "webrtc_peer", "offer", *meeting, ready=None)
    while not signaling.exists() and caller.poll() is None:  # the caller makes it when its offer stands
        time.sleep(0.05)
    called = lab.program(CALLED, "webrtc_peer", "answer", *meeting, ready=None)
    for end in (caller, called):
        lab.finish(end, seconds=30)
