"""Two cameras, a switch, an access point and a phone announce themselves by LLDP and CDP."""

from network import PROGRAMS, PYTHON, SWITCH, Host, sh

ABOUT = "Two cameras announce themselves by LLDP and CDP; so do a switch with a port for a camera, an access point and a phone."

# No prefix of a camera maker: the announcements are the only evidence.
LLDP_CAMERA = Host("camera1", "00:e0:4c:61:20:0a", "192.168.63.20",
                   {"is": "camera", "flagged": True, "at_least": "probable", "role": "camera", "vendor": "Axis",
                    "model": "M3045", "hostname": "lobby-2"})
CDP_CAMERA = Host("camera2", "00:e0:4c:61:20:0b", "192.168.63.21",
                  {"is": "camera", "flagged": True, "at_least": "probable", "role": "camera"})
CORE = Host("core", "00:1b:54:20:11:01", "192.168.63.2", {"is": "switch", "flagged": False})
POINT = Host("point", "04:18:d6:20:11:03", "192.168.63.3", {"is": "access point", "flagged": False})
PHONE = Host("phone", "00:1b:54:7a:02:19", "192.168.63.40", {"is": "telephone", "flagged": False})
HOSTS = [LLDP_CAMERA, CDP_CAMERA, CORE, POINT, PHONE]

OBSERVATIONS = [
    (LLDP_CAMERA, "lldp.system_description", "AXIS M3045 Network Camera 9.80.1"),
    (LLDP_CAMERA, "lldp.port_description", "eth0"),
    (CDP_CAMERA, "cdp.platform", "Cisco Video Surveillance IP Camera"),
    (CORE, "lldp.system_name", "core-1"),
    (CORE, "lldp.port_description", "Camera lobby"),
    (CORE, "cdp.platform", "cisco WS-C2960X-24PS-L"),
    (POINT, "lldp.system_description", "UAP-AC-Pro-Gen2, 4.3.28.11361"),
    (PHONE, "lldp.model", "CP-8865"),
]


def play(lab):
    # A bridge keeps LLDP to itself; this one stands for a mirror port.
    sh("ip", "-n", SWITCH, "link", "set", "br0", "type", "bridge", "group_fwd_mask", "16384")
    lab.record()
    for host, *words in [
        (LLDP_CAMERA, "lldp", "name=lobby-2", "description=AXIS M3045 Network Camera 9.80.1", "port-description=eth0", "capabilities=0x80"),
        (CDP_CAMERA, "cdp", "device=lobby-3", "port=eth0", "capabilities=0x10", "version=1.0.3",
         "platform=Cisco Video Surveillance IP Camera"),
        (CORE, "lldp", "port=Gi1/0/7", "name=core-1", "port-description=Camera lobby", "capabilities=0x14",
         "description=Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(2)E7"),
        (CORE, "cdp", "device=core-1", "port=GigabitEthernet1/0/7", "capabilities=0x28", "platform=cisco WS-C2960X-24PS-L"),
        (POINT, "lldp", "name=lobby-camera-wifi", "description=UAP-AC-Pro-Gen2, 4.3.28.11361", "capabilities=0xc"),
        (PHONE, "lldp", "name=SEP001B547A0219", "description=Cisco IP Phone 8865, with camera", "capabilities=0x24",
         "manufacturer=Cisco Systems, Inc.", "model=CP-8865"),
    ]:
        greeted = CORE.ip if host is not CORE else POINT.ip
        lab.run(host, PYTHON, PROGRAMS / "link_announce.py", *words[:1], "--greet", greeted, *words[1:])
