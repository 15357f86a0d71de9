"""Video that goes one way, and what else goes one way. Cameras that say nothing send it from a device that looks embedded; phones and
laptops send the same bytes."""

import random
import time
from pathlib import Path

from behaviour import CLOUD, MEDIA, MEDIA_ADDRESS, NAMES, RULES, film, play_film, scene, start_sink, start_store
from home import public_addresses

LONG = ("B1", "B1-long", "B2")


def over_tls(rate, sound=False, seconds=70, kilobits=320):
    def act(lab, device, internet):
        start_sink(lab, internet)
        path = film(lab, rate, kilobits, seconds, sound)
        form = ["-f", "mpegts", "-pes_payload_size", 0, "-muxdelay", 0] if sound else ["-f", "h264"]
        play_film(lab, device, path, *form, f"tls://{MEDIA}:8443?verify=0")
    return act


def over_udp(rate, seconds=70, kilobits=320):
    def act(lab, device, internet):
        start_sink(lab, internet)
        lab.finish(lab.program(device, "sealed_video", film(lab, rate, kilobits, seconds), MEDIA_ADDRESS, 40000), seconds + 30)
    return act


def in_segments(lab, device, internet):
    """FFmpeg's segments of two seconds, each put in a connection of its own."""
    start_store(lab, internet)
    path = film(lab, 15, 320, 70)
    lab.run(device, *"ffmpeg -nostdin -loglevel error -i".split(), path, *"-c copy -f segment -segment_time 2".split(),
            lab.work / "segment-%03d.ts")
    start = time.monotonic()
    for number, segment in enumerate(sorted(lab.work.glob("segment-*.ts"))):
        time.sleep(max(0, start + 2 * number - time.monotonic()))
        lab.run(device, *"curl -sk --no-alpn -T".split(), segment, f"https://{MEDIA}:9443/{segment.name}")


def voice(lab, device, internet):
    start_sink(lab, internet)
    time.sleep(5)
    play_film(lab, device, sound(lab, 10, "-c:a pcm_s16le -ar 10000", "wav"), "-f", "s16le", f"tls://{MEDIA}:8443?verify=0")


def talk(lab, device, internet):
    """G.711 in RTP, both ways between the same two addresses."""
    start_sink(lab, internet)
    lab.program(device, "sink", "--udp", 40002)
    speak = [*"ffmpeg -nostdin -loglevel error -re -f lavfi -i".split(), "anoisesrc=color=pink:sample_rate=8000:duration=25",
             *"-c:a pcm_mulaw -f rtp".split()]
    other = lab.start(internet, *speak, f"rtp://{device.ip}:40002?pkt_size=172")
    lab.run(device, *speak, f"rtp://{public_addresses(NAMES)[CLOUD]}:40000?pkt_size=172", seconds=60)
    lab.finish(other)


def sound(lab, seconds, coding, suffix):
    path = lab.work / f"sound.{suffix}"
    lab.run(lab.hosts[0], *"ffmpeg -nostdin -loglevel error -f lavfi -i".split(), f"anoisesrc=color=pink:duration={seconds}",
            "-ac", 1, *coding.split(), path)
    return path


def data(lab, name, kilobytes):
    path = lab.work / name
    path.write_bytes(random.randbytes(kilobytes * 1000))
    return path


def log_each_hour(lab, device, internet):
    start_store(lab, internet)
    for hour in range(4):
        time.sleep(8)
        lab.run(device, *"curl -sk --no-alpn -T".split(), data(lab, f"log-{hour}", 120), f"https://{MEDIA}:9443/")


def backup(kilobytes, *limit, alpn=True):
    def act(lab, device, internet):
        start_store(lab, internet)
        own = [] if alpn else ["--no-alpn"]
        lab.run(device, "curl", "-sk", *own, *limit, "-T", data(lab, "backup.tar", kilobytes), f"https://{MEDIA}:9443/", seconds=120)
    return act


def backup_by_rsync(lab, device, internet):
    key, server = lab.work / "key", lab.work / "server-key"
    for path in (key, server):
        lab.run(device, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path)
    configuration = lab.work / "sshd_config"
    (lab.work / "keys").write_bytes(key.with_suffix(".pub").read_bytes())
    configuration.write_text(f"Port 2222\nHostKey {server}\nAuthorizedKeysFile {lab.work}/keys\nStrictModes no\nUsePAM no\n"
                             f"PidFile none\nPermitRootLogin yes\n")
    Path("/run/sshd").mkdir(exist_ok=True)  # sshd asks for it
    lab.start(internet, "/usr/sbin/sshd", "-D", "-e", "-f", configuration, ready="listening on")
    folder = lab.work / "documents"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.odt").write_bytes(random.randbytes(random.randint(20, 140) * 1000))
    lab.run(device, "rsync", "-a", "-e", f"ssh -p 2222 -i {key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null", folder,
            f"root@{MEDIA}:{lab.work}/copy", seconds=120)


def photographs(connections, count=14):
    def act(lab, device, internet):
        start_store(lab, internet)
        for number in range(count):
            data(lab, f"photograph-{number:02}", random.randint(120, 280))
        several = ["--http1.1", "-Z", "--parallel-max", connections] if connections > 1 else []
        lab.run(device, "curl", "-sk", *several, "-T", f"{lab.work}/photograph-[00-{count - 1:02}]", f"https://{MEDIA}:9443/", seconds=120)
    return act


MANY = {"whole": 3}  # many connections, each of which begins with whole packets
SLOW = (20, 1200)  # the router sends 1.2 Mbit/s

SCENES = {
    f"tls-video-{rate}{'-sound' if with_sound else ''}-{kind}": scene(
        f"{who} sends H.264, {rate} pictures a second{' and AAC in MPEG-TS' if with_sound else ''}, over TLS for 70 s.",
        kind, over_tls(rate, with_sound), is_a=is_a, fires=(LONG[:2] if with_sound else LONG) if least else (),
        # Sound in the stream hides the clock of the pictures, or does not.
        silent=("C", "C2", "D", "E") if with_sound and least else RULES, least=least, most=None if least else "none",
        # With a round trip as long as a picture lasts, Nagle's algorithm would take the place of the clock.
        way=(12, 4000) if rate == 25 and not with_sound else (20, 4000))
    for kind, who, is_a, least in (("embedded", "A camera without a name", "camera", "probable"),
                                   ("phone", "A phone", "phone", None))
    for rate, with_sound in ((15, False), (25, False), (15, True), (25, True))
} | {
    "tls-video-15-unknown": scene(
        "A device of which neither DHCP nor TLS tells anything sends H.264 over TLS.", "unknown", over_tls(15),
        # Of such a device a short upload says nothing, so that B1 alone leaves no evidence.
        fires=LONG[1:], silent=("C", "C2", "D", "E"), most="none"),
    "udp-video-20-bare": scene(
        "A camera whose SYNs have no option but MSS sends pictures over UDP in a protocol that nobody knows.", "bare", over_udp(20),
        fires=LONG, least="probable"),
    "udp-video-30-phone": scene("A phone does the same.", "phone", over_udp(30), is_a="phone", most="none"),
    "http-segments-embedded": scene(
        "A camera puts two seconds of video each two seconds, over TLS, each in a connection of its own.", "embedded", in_segments,
        fires=("B1", "B1-long"), silent=("C", "C2", "D", "E"), least="probable", cut=MANY),
    "http-segments-laptop": scene("A laptop does the same.", "laptop", in_segments, is_a="computer", most="none", cut=MANY),
    "voice-embedded": scene(
        "A loudspeaker sends ten seconds of voice, 200 kB.", "embedded", voice, is_a="computer", fires=("B1",), most="none"),
    "talk-both-ways-embedded": scene(
        "A telephone in a call: as much sound comes as goes.", "embedded", talk, is_a="computer", most="none"),
    "log-each-hour-embedded": scene(
        "A device sends a log of 120 kB each hour, four times. The pauses were 8 s; an hour was added to each.", "embedded",
        log_each_hour, is_a="computer", most="none", cut={"gaps": [(1, 3600), (2, 3600), (3, 3600)]}),
    "backup-40-ms-embedded": scene(
        "An embedded device sends 4 MB over a round trip of 40 ms.", "embedded", backup(4000, alpn=False), is_a="computer",
        fires=("B1",), most="none", way=SLOW),
    "backup-40-ms-limited-embedded": scene(
        "The same, 3 MB, limited to 75 kB/s by curl.", "embedded", backup(3000, "--limit-rate", "75k", alpn=False), is_a="computer",
        fires=("B1",), most="none"),
    "backup-120-ms-limited-embedded": scene(
        "The same over a round trip of 120 ms.", "embedded", backup(3000, "--limit-rate", "75k", alpn=False), is_a="computer",
        fires=("B1",), most="none", way=(60, 4000)),
    "backup-40-ms-laptop": scene("A laptop sends 5 MB.", "laptop", backup(5000), is_a="computer", most="none", way=SLOW),
    "backup-40-ms-limited-laptop": scene(
        "A laptop sends 5 MB, limited to 75 kB/s.", "laptop", backup(5000, "--limit-rate", "75k"), is_a="computer", most="none"),
    "backup-120-ms-laptop": scene(
        "A laptop sends 5 MB over a round trip of 120 ms.", "laptop", backup(5000), is_a="computer", most="none", way=(60, 1200)),
    "backup-120-ms-limited-laptop": scene(
        "A laptop sends 5 MB, limited to 75 kB/s, over a round trip of 120 ms.", "laptop", backup(5000, "--limit-rate", "75k"),
        is_a="computer", most="none", way=(60, 4000)),
    "backup-rsync-laptop": scene(
        "A laptop copies 40 documents by rsync over SSH.", "laptop", backup_by_rsync, is_a="computer", most="none", way=SLOW),
    "photographs-one-connection-phone": scene(
        "A phone sends 14 photographs in one connection.", "phone", photographs(1), is_a="phone", most="none", way=SLOW),
    "photographs-eight-connections-phone": scene(
        "A phone sends 14 photographs in eight connections.", "phone", photographs(8), is_a="phone", most="none", way=SLOW,
        cut=MANY),
    "photographs-eight-connections-embedded": scene(
        "An embedded device sends 14 photographs in eight connections: a picture frame or a scanner.", "embedded", photographs(8),
        is_a="computer", fires=("B1",), most="none", way=SLOW, cut=MANY),
}
