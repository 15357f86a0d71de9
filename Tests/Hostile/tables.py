"""Floods that fill tables: addresses, networks, names and conversations that nobody needs. Each makes frames without end."""
import itertools
import random
import struct

from wire import *

ANY = itertools.count


def control():
    """1,000 TLS conversations of 100 guests, in the middle."""
    for i in ANY():
        guest, port, sequence = i % 100, 40_000 + i % 1000 // 100, 1 + i // 1000 * 510
        yield segment(port, 443, sequence, b"\x17\x03\x03\x01\xf9" + b"U" * 505, 0x10, f"192.168.88.{10 + guest}", sender=mac(guest))


def scan():
    """SYNs of one guest to addresses of the LAN, as nmap sends them."""
    for i in ANY():
        yield segment(5000, 80, 1, flags=2, destination=0xC0A80000 + i % 65_536)


def echo_scan():
    """Echo requests of one guest to a /64, after the neighbour solicitations that they cause."""
    source = ip6("2001:db8::77")
    for i in ANY():
        target = ip6("2001:db8::")[:12] + struct.pack(">I", 0x1000 + i // 2)
        if i & 1:
            yield icmpv6(GUEST, source, target, struct.pack(">BBHHH", 128, 0, 0, 1, i & 0xFFFF), ROUTER)
        else:
            group = ip6("ff02::1:ff00:0")[:13] + target[13:]
            body = struct.pack(">BBHI", 135, 0, 0, 0) + target + b"\x01\x01" + GUEST
            yield icmpv6(GUEST, source, group, body, b"\x33\x33" + group[12:])


def macs():
    """Broadcasts from made-up MACs."""
    chance = random.Random(1)
    for i in ANY():
        yield ethernet(BROADCAST, mac(chance.getrandbits(32)), ipv4("0.0.0.0", "255.255.255.255", UDP, udp(9, 9, b"x" * 18)))


def addresses():
    """One MAC, made-up addresses of the LAN."""
    chance = random.Random(2)
    for i in ANY():
        yield datagram(5000, 5001, b"x" * 20, 0x0A000000 | chance.getrandbits(24))


def arp_claims():
    """Made-up MACs with made-up addresses, by ARP."""
    chance = random.Random(3)
    for i in ANY():
        yield arp(1, mac(chance.getrandbits(32)), 0x0A000000 | chance.getrandbits(24))


def arp_one_address():
    """Made-up MACs that claim the router's address."""
    chance = random.Random(4)
    for i in ANY():
        yield arp(2, mac(chance.getrandbits(32)), ROUTER_IP, GUEST_IP)


def arp_many_addresses():
    """One MAC that claims made-up addresses."""
    chance = random.Random(5)
    for i in ANY():
        yield arp(1, GUEST, 0x0A000000 | chance.getrandbits(24))


def arp_fight():
    """Two MACs that claim one address in turn."""
    for i in ANY():
        yield arp(2, mac(i & 1), "192.168.88.50", GUEST_IP)


def neighbour_claims():
    """Neighbour advertisements from made-up MACs."""
    chance = random.Random(6)
    for i in ANY():
        sender = mac(chance.getrandbits(32))
        source = ip6("fe80::")[:8] + struct.pack(">Q", chance.getrandbits(63))
        body = struct.pack(">BBHI", 136, 0, 0, 0x20000000) + source + b"\x02\x01" + sender
        yield icmpv6(sender, source, ip6("ff02::1"), body, b"\x33\x33\0\0\0\1")


def neighbour_searches():
    """Neighbour solicitations from made-up MACs."""
    chance = random.Random(7)
    for i in ANY():
        sender = mac(chance.getrandbits(32))
        source = ip6("fe80::")[:8] + struct.pack(">Q", chance.getrandbits(63))
        body = struct.pack(">BBHI", 135, 0, 0, 0) + ip6("fe80::1") + b"\x01\x01" + sender
        yield icmpv6(sender, source, ip6("ff02::1:ff00:1"), body, b"\x33\x33\xff\0\0\1")


def router_advertisements():
    """Router advertisements from made-up MACs."""
    chance = random.Random(8)
    for i in ANY():
        sender = mac(chance.getrandbits(32))
        source = ip6("fe80::")[:8] + struct.pack(">Q", chance.getrandbits(63))
        body = struct.pack(">BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + b"\x01\x01" + sender
        yield icmpv6(sender, source, ip6("ff02::1"), body, b"\x33\x33\0\0\0\1")


def syns():
    """SYNs from made-up addresses and ports."""
    chance = random.Random(9)
    for i in ANY():
        yield segment(chance.getrandbits(16), 80, chance.getrandbits(32), flags=2, source=0x0A000000 | chance.getrandbits(24))


def ports():
    """Datagrams of one guest with random ports and bytes."""
    chance = random.Random(10)
    for i in ANY():
        yield datagram(chance.getrandbits(16), 1024 + chance.getrandbits(15), chance.randbytes(64))


def ports_text():
    """The same with text."""
    chance = random.Random(11)
    for i in ANY():
        yield datagram(chance.getrandbits(16), 1024 + chance.getrandbits(15), (b"camera ipcam onvif rtsp GET /dev " * 20)[:512])


def dhcp_names():
    """DHCP requests with random MACs and host names."""
    chance = random.Random(12)
    for i in ANY():
        yield dhcp(mac(chance.getrandbits(32)), b"android-%016x" % chance.getrandbits(64))


def dns_names():
    """Queries of one guest for random names."""
    chance = random.Random(13)
    for i in ANY():
        name = labels(b"%016x" % chance.getrandbits(64), b"example", b"com")
        yield datagram(1024 + i % 60_000, 53, dns([name + b"\0\1\0\1"], i & 0xFFFF), destination=ROUTER_IP)


def mdns_names():
    """Announcements of one sender with random names."""
    chance = random.Random(14)
    for i in ANY():
        name = b"%016x" % chance.getrandbits(64)
        record = labels(b"_http", b"_tcp", b"local") + struct.pack(">HHIH", 12, 1, 120, 19) + b"\x10" + name + b"\xc0\x0c"
        yield mdns(dns([record], 0, 0x8400, (0, 1, 0, 0)))


def vlans():
    """Every VLAN, and every pair of two."""
    for i in ANY():
        tags = (1 + i % 4094,) if i < 4094 else (1 + i // 4094 % 4094, 1 + i % 4094)
        yield ethernet(BROADCAST, GUEST, arp(1, GUEST, GUEST_IP)[14:], 0x0806, tags)


def vlans_triple():
    """Random stacks of three tags, each with a MAC of its own."""
    chance = random.Random(15)
    for i in ANY():
        sender = mac(chance.getrandbits(32))
        yield ethernet(BROADCAST, sender, arp(1, sender, GUEST_IP)[14:], 0x0806, tuple(1 + chance.randrange(4094) for _ in range(3)))


def inner(number):
    return arp(1, GUEST, GUEST_IP)


def vxlan():
    """ARP of one MAC in VXLANs with rising numbers."""
    for i in ANY():
        yield datagram(5555, 4789, struct.pack(">II", 0x08000000, 1 + i << 8 & 0xFFFFFF00) + inner(i), destination=ROUTER_IP)


def vxlan_macs():
    """ARP of random MACs in random VXLANs."""
    chance = random.Random(16)
    for i in ANY():
        frame = arp(1, mac(chance.getrandbits(32)), GUEST_IP)
        yield datagram(5555, 4789, struct.pack(">II", 0x08000000, chance.getrandbits(24) << 8) + frame, destination=ROUTER_IP)


def vxlan_camera():
    """DHCP of one camera's MAC in VXLANs with rising numbers."""
    frame = dhcp(bytes.fromhex("00e04c777777"), b"IPC-C22")
    for i in ANY():
        yield datagram(5555, 4789, struct.pack(">II", 0x08000000, 1 + i << 8 & 0xFFFFFF00) + frame, destination=ROUTER_IP)


def geneve():
    """ARP of one MAC in Geneve networks."""
    for i in ANY():
        yield datagram(5555, 6081, struct.pack(">BBHI", 0, 0, 0x6558, 1 + i << 8 & 0xFFFFFF00) + inner(i), destination=ROUTER_IP)


def gre():
    """ARP of one MAC in NVGRE networks."""
    for i in ANY():
        body = struct.pack(">HHI", 0x2000, 0x6558, 1 + i << 8 & 0xFFFFFF00) + inner(i)
        yield ethernet(ROUTER, GUEST, ipv4(GUEST_IP, ROUTER_IP, GRE, body))


def eoip():
    """ARP of random MACs in MikroTik's tunnels."""
    chance = random.Random(17)
    for i in ANY():
        frame = arp(1, mac(chance.getrandbits(32)), GUEST_IP)
        body = struct.pack(">HHH", 0x2001, 0x6400, len(frame)) + struct.pack("<H", i & 0xFFFF) + frame
        yield ethernet(ROUTER, GUEST, ipv4(GUEST_IP, ROUTER_IP, GRE, body))


def etherip():
    """ARP of random MACs in EtherIP."""
    chance = random.Random(18)
    for i in ANY():
        frame = arp(1, mac(chance.getrandbits(32)), GUEST_IP)
        yield ethernet(ROUTER, GUEST, ipv4(GUEST_IP, ROUTER_IP, ETHERIP, b"\x30\0" + frame))


def gtp():
    """Datagrams from random addresses in GTP-U tunnels."""
    chance = random.Random(19)
    for i in ANY():
        packet = ipv4(0x0A000000 | chance.getrandbits(24), SERVER_IP, UDP, udp(5000, 5001, b"x" * 20))
        body = struct.pack(">BBHI", 0x30, 255, len(packet), chance.getrandbits(32)) + packet
        yield datagram(2152, 2152, body, destination=ROUTER_IP)


def mpls():
    """Datagrams from random addresses behind random labels."""
    chance = random.Random(20)
    for i in ANY():
        packet = ipv4(0x0A000000 | chance.getrandbits(24), SERVER_IP, UDP, udp(5000, 5001, b"x" * 20))
        yield ethernet(ROUTER, GUEST, struct.pack(">I", chance.getrandbits(20) << 12 | 0x1FF) + packet, 0x8847)


def ip_in_ip():
    """Datagrams from random addresses in tunnels from random addresses."""
    chance = random.Random(21)
    for i in ANY():
        packet = ipv4(0x0A000000 | chance.getrandbits(24), SERVER_IP, UDP, udp(5000, 5001, b"x" * 20))
        yield ethernet(ROUTER, GUEST, ipv4(0x0A000000 | chance.getrandbits(24), ROUTER_IP, 4, packet))


CAMERA = bytes.fromhex("00e04c360c22")


def site_addresses():
    """A camera that claims address after address, where rooms are subnets."""
    yield from (dhcp(CAMERA, b"IPC-C22") for _ in range(3))
    for i in ANY():
        yield arp(1, CAMERA, 0x0A000001 + i)


def site_circuits():
    """A camera whose DHCP requests come from two rooms in turn."""
    for i in ANY():
        yield dhcp(CAMERA, b"IPC-C22", circuit=(b"ge-0/0/1", b"ge-0/0/2")[i & 1])


def cameras():
    """Cameras that do not exist, by DHCP and mDNS."""
    for i in ANY():
        sender = mac(i // 2)
        if i & 1:
            source = f"192.168.{i // 2 // 250 % 80}.{1 + i // 2 % 250}"
            record = labels(b"DCS-6100LH", b"local") + struct.pack(">HHIH", 1, 0x8001, 120, 4) + ip(source)
            yield mdns(dns([record], 0, 0x8400, (0, 1, 0, 0)), sender, source)
        else:
            yield dhcp(sender, b"IPC-C22")


def camera_addresses():
    """One MAC that has a camera's name under address after address."""
    for i in ANY():
        source = f"192.168.{i // 250 % 250}.{1 + i % 250}"
        record = labels(b"DCS-6100LH", b"local") + struct.pack(">HHIH", 1, 0x8001, 120, 4) + ip(source)
        yield mdns(dns([record], 0, 0x8400, (0, 1, 0, 0)), GUEST, source)


def hotel():
    """Thousands of guests without malice: each joins, asks for names and opens connections."""
    chance = random.Random(22)
    for guest in ANY():
        sender, source = mac(guest % 16_000, 0x06), 0x0A140000 + guest % 16_000
        yield dhcp(sender, b"Galaxy-S%d" % (guest % 24), b"android-dhcp-14")
        yield arp(1, sender, source, "10.20.0.1")
        name = (b"www", b"api", b"mtalk", b"play")[guest % 4]
        yield datagram(20_000 + guest % 999, 53, dns([labels(name, b"google", b"com") + b"\0\1\0\1"]), source, "10.20.0.1", sender)
        port = 30_000 + guest % 20_000
        server = 0x17000000 + chance.randrange(500)
        yield segment(port, 443, 1, flags=2, source=source, destination=server, sender=sender)
        yield segment(443, port, 1, flags=0x12, source=server, destination=source, sender=ROUTER, receiver=sender)
        for k in range(4):
            yield segment(port, 443, 2 + k * 200, b"\x17\x03\x03\0\xc3" + b"U" * 195, 0x18, source, server, sender)
            yield segment(443, port, 2 + k * 900, b"\x17\x03\x03\3\x7f" + b"U" * 895, 0x18, server, source, ROUTER, sender)
        yield mdns(dns([labels(b"_googlecast", b"_tcp", b"local") + b"\0\x0c\0\1"], 0, 0), sender, ip(source))


def icmp_errors():
    """Unreachable: random datagrams of one guest, from random routers."""
    chance = random.Random(23)
    for i in ANY():
        lost = ipv4(GUEST_IP, 0x17000000 | chance.getrandbits(24), UDP, udp(chance.getrandbits(16), 33_434, b""))
        body = struct.pack(">BBHI", 3, 3, 0, 0) + lost
        yield ethernet(GUEST, ROUTER, ipv4(0x17000000 | chance.getrandbits(24), GUEST_IP, ICMP, body))


def multicast():
    """Searches and group messages of one guest to random groups."""
    chance = random.Random(24)
    for i in ANY():
        group = chance.getrandbits(23)
        receiver = b"\x01\x00\x5e" + struct.pack(">I", group)[1:]
        yield datagram(
            chance.getrandbits(16), 1024 + chance.getrandbits(12), b"M-SEARCH * HTTP/1.1\r\n\r\n", GUEST_IP, 0xEF000000 | group, GUEST,
            receiver)


def beacons():
    """Routers that LLDP names, each of them new."""
    for i in ANY():
        name = b"switch-%d" % i
        body = b"\x02\x07\x04" + mac(i) + b"\x04\x04\x07ge%d" % (i % 10) + b"\x06\x02\0\x78" + bytes([0x0A, len(name)]) + name + b"\0\0"
        yield ethernet(bytes.fromhex("0180c200000e"), mac(i), body, 0x88CC)


SITE = "- { room: Room 1, circuit: ge-0/0/1 }\n- { room: Room 2, circuit: ge-0/0/2 }\n" \
    "- { room: House, subnet: 10.0.0.0/8 }\n- { room: House, subnet: 192.168.0.0/16 }\n"
CASES = [
    control, scan, echo_scan, macs, addresses, arp_claims, arp_one_address, arp_many_addresses, arp_fight, neighbour_claims,
    neighbour_searches, router_advertisements, syns, ports, ports_text, dhcp_names, dns_names, mdns_names, vlans, vlans_triple, vxlan,
    vxlan_macs, vxlan_camera, geneve, gre, eoip, etherip, gtp, mpls, ip_in_ip, site_addresses, site_circuits, cameras, camera_addresses,
    hotel, icmp_errors, multicast, beacons]
