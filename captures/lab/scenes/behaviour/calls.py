"""WebRTC: calls of people, and a camera that is watched in a browser."""

import time

from behaviour import scene

PICTURES = "testsrc2=size=240x180:rate=15"
SCREEN = "testsrc=size=480x320:rate=5"
VOICE = "anoisesrc=color=pink:sample_rate=48000:amplitude=0.3"


def call(own, other, seconds=30):
    """`own` and `other`: what each end sends, as (video, sound)."""
    def act(lab, device, internet):
        signaling = lab.work / "signaling"

        def start(host, side, ends):
            video, sound = ends
            return lab.program(host, "webrtc_peer", side, "--socket", signaling, "--seconds", seconds, "--video", video or "none",
                               "--audio", sound or "none", ready=None)
        caller = start(device, "offer", own)
        while not signaling.exists() and caller.poll() is None:  # the caller makes it when its offer stands
            time.sleep(0.05)
        called = start(internet, "answer", other)
        for end in (caller, called):
            lab.finish(end, seconds=seconds + 40)
    return act


SCENES = {
    "webrtc-one-way-bare": scene(
        "A camera is watched in a browser outside: WebRTC, video only, one way.", "bare", call((PICTURES, None), (None, None), 66),
        fires=("B1", "B1-long"), silent=("C", "C2", "D"), least="probable"),
    "webrtc-one-way-phone": scene(
        "A phone sends video one way.", "phone", call((PICTURES, None), (None, None)), is_a="phone", most="none"),
    "webrtc-screen-share-laptop": scene(
        "A laptop shares its screen, five pictures a second, one way.", "laptop", call((SCREEN, None), (None, None)), is_a="computer",
        most="none"),
    "webrtc-two-way-phone": scene(
        "A phone in a call with sound and pictures both ways.", "phone", call((PICTURES, VOICE), (PICTURES, VOICE)), is_a="phone",
        most="none"),
    "webrtc-other-camera-off-phone": scene(
        "The same call; the other side has its camera off.", "phone", call((PICTURES, VOICE), (None, VOICE)), is_a="phone", most="none"),
    "webrtc-own-camera-off-laptop": scene(
        "A laptop in a call with its own camera off.", "laptop", call((None, VOICE), (PICTURES, VOICE)), is_a="computer", most="none"),
}
