"""Somebody outside asks, and the device begins to send; and what begins without being asked, or is no video."""

from behaviour import MEDIA, MEDIA_ADDRESS, film, scene, start_sink
from network import PROGRAMS, PYTHON

FFMPEG = "ffmpeg -nostdin -loglevel error -re".split()


def on_command(program, obey=1, messages=1, lag=0.4):
    """The device starts `program(lab)` `lag` seconds after the message number `obey`, or by itself where that is 0."""
    def act(lab, device, internet):
        start_sink(lab, internet)
        command = program(lab)
        lab.program(internet, "command", "cloud", "--messages", messages)
        lab.finish(lab.program(device, "command", "device", MEDIA, "--obey", obey, "--lag", lag, "--", *command), 150)
    return act


def over_tls(lab, seconds=20):
    return [*FFMPEG, "-i", film(lab, 15, 450, seconds), *"-c copy -flush_packets 1 -f h264".split(), f"tls://{MEDIA}:8443?verify=0"]


def over_udp(lab, seconds=20):
    return [PYTHON, PROGRAMS / "sealed_video.py", film(lab, 20, 450, seconds), MEDIA_ADDRESS, "40000"]


def sound(lab):
    """G.711 in RTP, 8 kB/s."""
    return [*FFMPEG, *"-f lavfi -i anoisesrc=color=pink:sample_rate=8000:duration=20 -c:a pcm_mulaw -f rtp".split(),
            f"rtp://{MEDIA_ADDRESS}:40000?pkt_size=172"]


LONGER = ("B1-long", "C", "C2", "D")

SCENES = {
    "watched-video-embedded": scene(
        "A camera gets a message of 200 bytes from outside and sends 20 s of video over TLS.", "embedded", on_command(over_tls),
        fires=("B1", "B2", "E"), silent=LONGER, least="probable"),
    "watched-video-udp-bare": scene(
        "The same over UDP to the watcher, 1.2 s after the message.", "bare", on_command(over_udp, lag=1.2), fires=("B1", "B2", "E"),
        silent=LONGER, least="probable"),
    "watched-video-phone": scene(
        "A phone gets a message and sends 20 s of video.", "phone", on_command(over_tls), is_a="phone", most="none"),
    "video-without-command-embedded": scene(
        "A camera that keeps a connection to its cloud sends 20 s of video by itself.", "embedded",
        on_command(over_tls, obey=0, messages=0), fires=("B1", "B2"), least="probable"),
    "watched-late-embedded": scene(
        "A camera sends 8 s after a message: something else made it send.", "embedded", on_command(over_tls, lag=8),
        fires=("B1", "B2"), least="probable"),
    "many-messages-embedded": scene(
        "A camera gets a message every 3 s; that it sends after one of them says nothing.", "embedded",
        on_command(over_tls, obey=25, messages=27), fires=("B1", "B2"), least="probable"),
    "watched-sound-embedded": scene(
        "A baby phone gets a message and sends 20 s of sound, 8 kB/s.", "embedded", on_command(sound), is_a="computer",
        fires=("B1", "E"), most="none"),
}
