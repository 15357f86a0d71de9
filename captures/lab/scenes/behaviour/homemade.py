"""Cameras that people build themselves, from devices that look embedded: watched on the LAN, or pushing to outside."""

import time

from behaviour import LAPTOP, MEDIA, MEDIA_ADDRESS, film, pictures, scene, start_sink, start_store

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SECONDS = 25
RECEIVE = "ffmpeg -nostdin -loglevel warning".split()


def watched(kind, port, page, stream, program="jpeg_camera"):
    """A laptop opens the page, and its stream or, if that has no end of its own, one picture after the other."""
    def act(lab, device, internet):
        lab.program(device, program, *([kind] if kind else []), *pictures(lab, 10, "160x120", quality=31))
        browse = ["curl", "-s", "-A", BROWSER]
        lab.run(LAPTOP, *browse, f"http://{device.ip}{page}")
        if kind != "polled":
            lab.run(LAPTOP, *browse, "-o", lab.work / "seen", "--max-time", SECONDS, f"http://{device.ip}:{port}/{stream}",
                    seconds=SECONDS + 10, allowed=[28])  # the stream has no end, so curl's time runs out
            return
        for number in range(SECONDS):
            lab.run(LAPTOP, *browse, "-o", lab.work / "seen", f"http://{device.ip}:{port}/{stream}?{number}")
            time.sleep(1)
    return act


def pushed(receive, form, rate=15, kilobits=260, encoding=("-c", "copy")):
    """FFmpeg pushes a film to FFmpeg outside, or to a sink where that has no `receive`."""
    def act(lab, device, internet):
        if receive:
            lab.start(internet, *RECEIVE, *receive, "-f", "null", "-")
            time.sleep(1)
        else:
            start_sink(lab, internet)
        path = film(lab, rate, kilobits, SECONDS)
        lab.run(device, *"ffmpeg -nostdin -loglevel error -re -i".split(), path, *encoding, "-flush_packets", 1, *form, seconds=90)
    return act


def by_ftp(lab, device, internet):
    folder = lab.work / "received"
    folder.mkdir()
    lab.program(internet, "ftp_server", folder, MEDIA_ADDRESS)
    each_two_seconds(lab, device, lambda path: [*"curl -s --user cam:cam -T".split(), path, f"ftp://{MEDIA}/{path.name}"])


def by_http(lab, device, internet):
    start_store(lab, internet)
    each_two_seconds(lab, device, lambda path: [
        *"curl -s -T".split(), path, "-H", "Content-Type: image/jpeg", f"http://{MEDIA}:9080/{path.name}"])


def each_two_seconds(lab, device, command):
    start = time.monotonic()
    for number, path in enumerate(pictures(lab, 15, "640x480", quality=8)):
        time.sleep(max(0, start + 2 * number - time.monotonic()))
        lab.run(device, *command(path))


def camera(about, act, fires=("B1",), silent=("B1-long", "C", "C2", "D", "E"), **more):
    return scene(about, "embedded", act, fires=fires, silent=silent, least="probable", **more)


def served(about, act):
    """Whole packets: what is in them decides. The rules count what is sent to outside."""
    return camera(about, act, fires=(), silent=("B1-long", "C", "C2", "D", "E"), others=[LAPTOP], cut={"whole": 10000})


LISTEN = {"rtmp": ["-listen", 1, "-i", "rtmp://0.0.0.0:1935/live/room"],
          "rtsp": ["-rtsp_flags", "listen", "-i", "rtsp://0.0.0.0:8554/room"],
          "srt": ["-i", f"srt://{MEDIA_ADDRESS}:9000?mode=listener"]}
RTMP = pushed(LISTEN["rtmp"], ["-f", "flv", f"rtmp://{MEDIA}/live/room"])
WHOLE = {"whole": 40}

SCENES = {
    "homemade-manual": served("Python's http.server sends endless JPEGs to a laptop, boundary FRAME.",
                              watched("manual", 8000, ":8000/", "stream.mjpg")),
    "homemade-flask": served("Flask sends endless JPEGs to a laptop, boundary frame.",
                             watched("flask", 5000, ":5000/", "video_feed")),
    "homemade-polled": served("A laptop loads one JPEG a second from Python's http.server.",
                              watched("polled", 8000, ":8000/", "picture.jpg")),
    "homemade-esp32": served("An ESP32-CAM sends endless JPEGs to a laptop.", watched(None, 81, "/", "stream", "mjpeg_camera")),
    "push-rtmp-embedded": camera("FFmpeg pushes H.264 by RTMP.", RTMP, cut=WHOLE),
    "push-rtmp-laptop": scene("A laptop does the same.", "laptop", RTMP, is_a="computer", most="none", cut=WHOLE),
    "push-rtsp-embedded": camera(
        "FFmpeg pushes H.264 by RTSP in TCP.",
        pushed(LISTEN["rtsp"], ["-f", "rtsp", "-rtsp_transport", "tcp", f"rtsp://{MEDIA}:8554/room"]), cut=WHOLE),
    "push-srt-embedded": camera(
        "FFmpeg pushes MPEG-TS by SRT.", pushed(LISTEN["srt"], ["-f", "mpegts", f"srt://{MEDIA}:9000?pkt_size=1316"]), cut=WHOLE),
    "push-mpegts-udp-embedded": camera(
        "FFmpeg sends MPEG-TS over UDP.", pushed(None, ["-f", "mpegts", f"udp://{MEDIA_ADDRESS}:40000?pkt_size=1316"]), cut=WHOLE),
    # FTP's server speaks first, and at the end of each file: not a command, but it looks like one.
    "push-ftp-embedded": camera("A picture each two seconds by FTP.", by_ftp, silent=("B1-long", "C", "C2", "D"), cut={"whole": 4}),
    "push-http-embedded": camera("A picture each two seconds by HTTP PUT.", by_http, cut={"whole": 4}),
}
