"""Cameras that nobody watches: keep-alives to several hosts at once, and a battery camera that wakes; and what looks like that."""

import random
import time

from behaviour import HOSTS_WITHOUT_NAME, MEDIA, lease, scene, start_sink, start_store
from network import sh


def keep_alives(count, *options):
    def act(lab, device, internet):
        start_sink(lab, internet)
        lab.finish(lab.program(device, "keep_alive", *HOSTS_WITHOUT_NAME[:count], *options), 330)
    return act


def wakes(kind, sizes):
    """Each time the device gets its link and a lease, puts a file, and sleeps again; the sizes are those of the files in kB."""
    def act(lab, device, internet):
        start_store(lab, internet)
        start = time.monotonic()
        for number, kilobytes in enumerate(sizes):
            sleep(device)
            time.sleep(max(0, start + 200 * (number + 1) - time.monotonic()))
            lease(lab, device, kind)
            clip = lab.work / f"clip-{number}"
            clip.write_bytes(random.randbytes(kilobytes * 1000))
            lab.run(device, "curl", "-sk", *([] if kind == "phone" else ["--no-alpn"]), "-T", clip, f"https://{MEDIA}:9443/")
        sleep(device)
    return act


def sleep(device):
    sh("ip", "-n", device.namespace, "link", "set", "eth0", "down")
    sh("ip", "-n", device.namespace, "address", "flush", "dev", "eth0")


SLOW = (20, 2000)

SCENES = {
    "fan-out-three-embedded": scene(
        "A camera sends 48 bytes to three hosts at once, every 20 s for five minutes.", "embedded", keep_alives(3), fires=("C",),
        least="probable"),
    "fan-out-three-bare": scene(
        "The same from a device whose SYNs have no option but MSS, 108 bytes every 30 s.", "bare",
        keep_alives(3, "--length", 108, "--every", 30, "--times", 10, "--port", 10240), fires=("C",), least="probable"),
    "fan-out-three-phone": scene(
        "A phone sends such keep-alives.", "phone", keep_alives(3), is_a="phone", most="none"),
    "fan-out-two-embedded": scene(
        "A device sends 48 bytes to two hosts at once, every 20 s.", "embedded", keep_alives(2), fires=("C2",), most="none"),
    "fan-out-one-embedded": scene(
        "A plug sends 48 bytes to one host, every 20 s.", "embedded", keep_alives(1), is_a="computer", most="none"),
    "fan-out-three-sockets-embedded": scene(
        "A device sends to three hosts from three source ports.", "embedded", keep_alives(3, "--socket-each"), is_a="computer",
        most="none"),
    "fan-out-three-lengths-embedded": scene(
        "A device sends each of three hosts a datagram of another length.", "embedded", keep_alives(3, "--lengths-differ"),
        is_a="computer", most="none"),
    "fan-out-stun-embedded": scene(
        "A telephone sends Binding requests to three STUN servers at once, every 20 s.", "embedded",
        keep_alives(3, "--stun", "--port", 3478), is_a="computer", most="none"),
    "fan-out-stun-other-port-embedded": scene(
        "The same to a port that is not STUN's.", "embedded", keep_alives(3, "--stun"), is_a="computer", most="none"),
    "fan-out-time-embedded": scene(
        "A device asks three servers on NTP's port at once, every 20 s.", "embedded", keep_alives(3, "--port", 123), is_a="computer",
        most="none"),
    "wake-and-clip-embedded": scene(
        "A battery camera wakes four times, 200 s apart, each time with DHCP and a clip of about 500 kB.", "embedded",
        wakes("embedded", (500, 470, 530, 490)), fires=("D",), least="probable", way=SLOW),
    "wake-and-clip-phone": scene(
        "A phone wakes four times and sends photographs of about 500 kB.", "phone", wakes("phone", (500, 470, 530, 490)), is_a="phone",
        most="none", way=SLOW),
    "wake-without-clip-embedded": scene(
        "A lock wakes four times with DHCP and sends a log of 40 kB.", "embedded", wakes("embedded", (40, 38, 42, 40)), is_a="computer",
        most="none", way=SLOW),
    "wake-uneven-embedded": scene(
        "A device wakes four times and sends files of very different sizes.", "embedded", wakes("embedded", (160, 1500, 170, 165)),
        is_a="computer", silent=("B1-long", "B2", "C", "C2", "D", "E"), most="none", way=SLOW),
}
