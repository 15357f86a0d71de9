"""WS-Discovery among several devices: one is a camera; the others use the same protocol and must not be reported."""

import time

from network import PYTHON, PROGRAMS, Host

ABOUT = ("An ONVIF camera sends Hello and answers a laptop's WS-Discovery probe; a printer answers the next one, for "
         "anything, and a Windows-like computer a third, for computers.")

CAMERA = Host("camera", "00:e0:4c:68:20:11", "192.168.70.20",
              {"is": "camera", "flagged": True, "at_least": "camera", "role": "camera", "model": "IPC-B220"})
PRINTER = Host("printer", "3c:52:82:1a:44:09", "192.168.70.40", {"is": "printer", "flagged": False})
DESKTOP = Host("desktop", "a4:bb:6d:30:12:77", "192.168.70.41", {"is": "computer", "flagged": False})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.70.31", {"is": "computer", "flagged": False})
HOSTS = [CAMERA, PRINTER, DESKTOP, LAPTOP]

CAMERA_TYPES = "dn:NetworkVideoTransmitter tds:Device"
CAMERA_SCOPES = ("onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/type/Network_Video_Transmitter "
                 "onvif://www.onvif.org/Profile/Streaming onvif://www.onvif.org/hardware/IPC-B220 "
                 "onvif://www.onvif.org/name/IPC onvif://www.onvif.org/location/country")
PRINTER_TYPES = "wsdp:Device wprt:PrintDeviceType"

OBSERVATIONS = [
    *((CAMERA, "wsd.types", name if name == "tds:Device" else name.split(":")[1]) for name in CAMERA_TYPES.split()),
    *((CAMERA, "wsd.scopes", scope) for scope in CAMERA_SCOPES.split()),
    (PRINTER, "wsd.types", "PrintDeviceType"),
]


def play(lab):
    time.sleep(2)
    lab.record()
    # A given identifier: wsdd would make one from the name of this machine.
    lab.start(DESKTOP, *"wsdd --ipv4only -i eth0 -n DESKTOP-7Q2K9LM -w WORKGROUP -v -U".split(),
              "e1b6a5c2-0f3d-5a77-9c21-a4bb6d301277", ready="scheduling Hello")
    lab.program(PRINTER, "wsd_device", "--endpoint", "16a65700-007c-1000-bb49-3c52821a4409", "--types", PRINTER_TYPES,
                "--scopes", "", "--xaddrs", f"http://{PRINTER.ip}:3911/", "--namespaces",
                'xmlns:wsdp="http://schemas.xmlsoap.org/ws/2006/02/devprof" '
                'xmlns:wprt="http://schemas.microsoft.com/windows/2006/08/wdp/print"')
    lab.program(CAMERA, "wsd_device", "--endpoint", "5f5a69c2-e0ae-504f-829b-00e04c682011", "--types", CAMERA_TYPES,
                "--scopes", CAMERA_SCOPES, "--xaddrs", f"http://{CAMERA.ip}/onvif/device_service", "--namespaces",
                'xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"')
    time.sleep(1)
    found = lab.run(LAPTOP, PYTHON, PROGRAMS / "wsd_search.py")
    if "onvif/device_service" not in found:
        raise RuntimeError(f"the search did not find the camera:\n{found}")
    lab.start(LAPTOP, *"wsdd --ipv4only --no-host --discovery -i eth0 -n LAPTOP-31 -v -U".split(),
              "e1b6a5c2-0f3d-5a77-9c21-8c8d28401102", ready="discovered")
    time.sleep(1)
