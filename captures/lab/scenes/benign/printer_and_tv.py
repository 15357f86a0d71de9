"""Other devices at home: a printer that a laptop queries, a television that accepts streams."""

import os
import struct
import time

from network import Host

ABOUT = "A printer announces IPP and is asked by a laptop; a television announces AirPlay, Google Cast and a UPnP renderer."

PRINTER = Host("printer", "3c:52:82:1a:44:09", "192.168.70.40",
               {"is": "printer", "flagged": False, "hostname": "OfficeJet-1A4409"})
TV = Host("tv", "78:bd:bc:20:64:5e", "192.168.70.50", {"is": "tv", "flagged": False, "hostname": "LivingRoomTV"})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.70.31", {"is": "computer", "flagged": False})
HOSTS = [PRINTER, TV, LAPTOP]

RENDERER = "urn:schemas-upnp-org:device:MediaRenderer:1"
TV_SERVER = "SHP, UPnP/1.0, Samsung UPnP SDK/1.0"

HOST_NAME, PRINTER_NAME = "OfficeJet-1A4409", "OfficeJet 1A4409"

BUS_SETTINGS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={bus}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true"/><allow receive_requested_reply="true"/></policy></busconfig>
"""
AVAHI_SETTINGS = """[server]
host-name=OfficeJet-1A4409
use-ipv6=no
allow-interfaces=eth0
[publish]
publish-hinfo=no
publish-workstation=no
publish-aaaa-on-ipv4=no
"""

OBSERVATIONS = [
    (PRINTER, "mdns.service", "_ipp._tcp"),
    (TV, "mdns.service", "_googlecast._tcp"),
    (TV, "mdns.service", "_airplay._tcp"),
    (TV, "ssdp.server", TV_SERVER),
    (TV, "ssdp.model", "UE43TU7090"),
]


def play(lab):
    time.sleep(2)
    lab.record()
    start_printer(lab)
    start_tv(lab)
    time.sleep(1)
    ask_printer(lab)
    lab.run(LAPTOP, *"curl -s -A DLNADOC/1.50".split(), f"http://{TV.ip}:9197/dmr")


def start_printer(lab):
    """ippeveprinter announces itself through avahi over a system bus, so it gets a separate bus."""
    bus, bus_settings, avahi_settings = lab.work / "bus", lab.work / "bus.conf", lab.work / "avahi.conf"
    bus_settings.write_text(BUS_SETTINGS.format(bus=bus))
    avahi_settings.write_text(AVAHI_SETTINGS)
    environment = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus}"}
    lab.start(PRINTER, "dbus-daemon", "--nofork", "--print-address", f"--config-file={bus_settings}", ready="unix:")
    # `ip netns exec` gives the shell separate mounts, so a daemon of this machine does not interfere.
    lab.start(PRINTER, "sh", "-c", "mkdir -p /run/avahi-daemon && mount -t tmpfs lab /run/avahi-daemon && "
              f"exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f {avahi_settings}",
              env=environment, ready="Server startup complete")
    # A separate host name: otherwise the printer would announce the name of this machine.
    lab.start(PRINTER, "unshare", "--uts", "sh", "-c", f"hostname {HOST_NAME} && exec ippeveprinter -v -p 8631 -M Lenscap "
              f"-m Laserette -d {lab.work} '{PRINTER_NAME}'",
              env=environment, ready="printer-uri-supported")


def ask_printer(lab):
    """Get-Printer-Attributes by hand: the CUPS client would send the kernel version of this machine."""
    address = f"{PRINTER.ip}:8631/ipp/print"
    attributes = [(0x47, "attributes-charset", "utf-8"), (0x48, "attributes-natural-language", "en"),
                  (0x45, "printer-uri", f"ipp://{address}")]
    body = struct.pack(">HHIB", 0x0200, 0x000B, 1, 1)  # version 2.0, the operation, request 1, operation attributes
    for tag, name, value in attributes:
        body += struct.pack(f">BH{len(name)}sH{len(value)}s", tag, len(name), name.encode(), len(value), value.encode())
    request = lab.work / "request.ipp"
    request.write_bytes(body + b"\x03")
    lab.run(LAPTOP, *"curl -s -A".split(), "CUPS/2.4.2 IPP/2.0", "-H", "Content-Type: application/ipp",
            "--data-binary", f"@{request}", f"http://{address}", "-o", lab.work / "answer.ipp")


def start_tv(lab):
    lab.program(TV, "mdns_announce", "--ip", TV.ip, "--host", "LivingRoomTV",
                "LivingRoomTV", "_googlecast._tcp", "8009", "fn=Living Room TV", "md=UE43TU7090", "ca=4101", ",",
                "LivingRoomTV", "_airplay._tcp", "7000", "model=UE43TU7090", "manufacturer=Samsung")
    lab.program(TV, "upnp_device", "--ip", TV.ip, "--port", 9197, "--path", "dmr", "--type", RENDERER,
                "--friendly", "Living Room TV", "--maker", "Samsung Electronics", "--model", "UE43TU7090",
                "--server", TV_SERVER, "--uuid", "0a21fe80-00aa-1000-8d38-78bdbc20645e")
