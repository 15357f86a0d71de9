"""Messages that are costly to read: names in loops, bytes one by one, streams that never become anything. Frames without end."""
import itertools
import random
import struct

from wire import *

ANY = itertools.count
SEGMENTS = 1000  # of one connection


def chain(start, first, pointers):
    """Compression pointers from `start` on, each to the one before, the first to `first`. Returns them and the place of the last."""
    places = [first] + [start + 2 * i for i in range(pointers)]
    return b"".join(struct.pack(">H", 0xC000 | place) for place in places[:-1]), places[-1]


def dns_loop():
    """64 questions that lead through 90 pointers, which hide in the labels of the second."""
    first = b"\x01a\0\0\1\0\1"
    parts, place, previous = b"", 12 + len(first), 12
    for _ in range(3):
        pointers, previous = chain(place + 1, previous, 31)
        parts += b"\x3e" + pointers
        place += 63
    rest = (parts + b"\0\0\1\0\1") + struct.pack(">HHH", 0xC000 | previous, 1, 1) * 62
    message = dns([first, rest], counts=(64, 0, 0, 0))
    for i in ANY():
        yield datagram(1024 + i % 60_000, 53, message, destination=ROUTER_IP)


def mdns_loop():
    """Records whose names lead through 120 pointers."""
    first = b"\x01a\0" + struct.pack(">HHIH4s", 1, 1, 1, 4, b"\1\2\3\4")
    head = b"\0" + struct.pack(">HHIH", 16, 1, 1, 240)
    pointers, last = chain(12 + len(first) + len(head), 12, 120)
    records = struct.pack(">HHHIHH", 0xC000 | last, 12, 1, 1, 2, 0xC000 | last) * 78
    message = dns([first, head + pointers, records], 0, 0x8400, (0, 80, 0, 0))
    for i in ANY():
        yield mdns(message)


def mdns_labels():
    """81 records, each with a name and a target of 120 labels."""
    name = b"\x01_" * 120 + b"\0"
    record = struct.pack(">HHHIHH", 0xC00C, 12, 1, 1, 2, 0xC00C) * 80
    message = dns([name + struct.pack(">HHIHH", 12, 1, 1, 2, 0xC00C), record], 0, 0x8400, (0, 81, 0, 0))
    for i in ANY():
        yield mdns(message)


def fragments(port, data, count):
    """The fragments of one datagram."""
    whole = udp(1024 + count % 60_000, port, data)
    for start in range(0, len(whole), 1480):
        more = 0x2000 if start + 1480 < len(whole) else 0
        yield ethernet(ROUTER, GUEST, ipv4(GUEST_IP, ROUTER_IP, UDP, whole[start:start + 1480], count, more | start // 8))


def dns_large():
    """DNS of 16 kB in fragments: 64 questions through a chain of thousands of pointers."""
    out, previous, questions = b"\x01a\0\0\1\0\1", 12, 1
    while len(out) < 15_000 and questions < 40:
        place = 12 + len(out)
        for _ in range(3):
            pointers, previous = chain(place + 1, previous, 31)
            out += b"\x3e" + pointers
            place += 63
        out += b"\0\0\1\0\1"
        questions += 1
    out += struct.pack(">HHH", 0xC000 | previous, 1, 1) * (64 - questions)
    message = dns([out], counts=(64, 0, 0, 0))
    for i in ANY():
        yield from fragments(53, message, i)


def mdns_large():
    """mDNS of 64 kB in fragments, with texts."""
    text = b"".join(b"\x1fcolour=%-24d" % i for i in range(40))
    record = b"\xc0\x0c" + struct.pack(">HHIH", 16, 1, 1, len(text)) + text
    first = labels(b"a", b"_http", b"_tcp", b"local") + struct.pack(">HHIH", 16, 1, 1, 0)
    count = 64_000 // len(record)
    message = dns([first, record * count], 0, 0x8400, (0, count + 1, 0, 0))
    for i in ANY():
        yield from fragments(5353, message, i)


def large(port, data):
    """The same datagram of up to 64 kB, in fragments."""
    for i in ANY():
        yield from fragments(port, data[:65_000], i)


def wsd_large():
    """WS-Discovery with thousands of elements in one another."""
    head = b'<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" ' \
        b'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Body><d:Hello><d:Types>'
    return large(3702, head + b"<a:b c='d'>" * 5000)


def ssdp_large():
    """SSDP with thousands of headers."""
    return large(1900, b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\n" + b"SERVER: Linux UPnP/1.0 a/1\r\n" * 2000)


def sip_large():
    """SIP with thousands of headers."""
    return large(5060, b"REGISTER sip:a SIP/2.0\r\n" + b"User-Agent: abcdefgh\r\n" * 2500)


def sadp_large():
    """SADP with thousands of elements."""
    return large(37020, b'<?xml version="1.0" encoding="utf-8"?><ProbeMatch>' + b"<DeviceDescription>a</DeviceDescription>" * 1500)


def stun_large():
    """STUN with thousands of attributes."""
    attributes = struct.pack(">HHI", 0x8022, 4, 0x61626364) * 2000
    return large(3478, struct.pack(">HHI12s", 1, len(attributes), 0x2112A442, b"0" * 12) + attributes)


def bytewise(port, head, data, answers):
    """Connections of `SEGMENTS` segments of `head`, and then of `data`, a byte each."""
    for i in ANY():
        k, other = i % SEGMENTS, 2000 + i // SEGMENTS % 60_000
        payload, start = (head, 1) if k == 0 else (data[k % len(data):][:1], len(head) + k)
        if answers:
            yield segment(port, other, start, payload, source=SERVER_IP, destination=GUEST_IP, sender=ROUTER, receiver=GUEST)
        else:
            yield segment(other, port, start, payload)


def http_text():
    return bytewise(80, b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n", b"m", True)


def http_json():
    return bytewise(80, b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n{", b"}", True)


def http_html():
    return bytewise(80, b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<", b"<title", True)


def http_xml():
    return bytewise(80, b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n<", b"<a>", True)


def http_multipart():
    return bytewise(80, b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n", b"\r\n--", True)


def http_lines():
    """The lines of a first part, a byte at a time."""
    return bytewise(80, b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n--b", b"a\n", True)


def http_spaces():
    return bytewise(80, b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nx", b" ", True)


def http_post():
    head = b"POST /a HTTP/1.1\r\nContent-Type: multipart/form-data\r\nContent-Length: 99999\r\n\r\n"
    return bytewise(80, head, b"Content-", False)


def http_headers():
    """Headers without end, in 1,000 connections."""
    line = b"X-Header: " + b"v" * 460 + b"\r\n"
    for i in ANY():
        k = i // 1000
        first = b"GET / HTTP/1.1\r\nX: " + b"y" * 480 + b"\r\n" + line
        yield segment(1024 + i % 1000, 80, 1 + k * 1000, (line * 3 if k else first)[:1000])


def hello_bytes():
    """ClientHellos in segments of one byte."""
    return bytewise(443, b"\x16\3\1\x40\0\1\0\x3f\xfc\3\3", b"\0", False)


def hello_extensions():
    """ClientHellos of 16 kB with 4,000 extensions."""
    extensions = b"".join(struct.pack(">HH", 0x4000 + i, 0) for i in range(4000))
    body = b"\3\3" + bytes(32) + b"\0\0\2\0\1\1\0" + struct.pack(">H", len(extensions)) + extensions
    message = b"\1" + struct.pack(">I", len(body))[1:] + body
    record = struct.pack(">BHH", 22, 0x301, len(message)) + message
    for i in ANY():
        for start in range(0, len(record), 1400):
            yield segment(1024 + i % 60_000, 443, 1 + start, record[start:start + 1400])


def quic(version, packets):
    chance = random.Random(version)
    kind = 0xD3 if version == 0x6B3343CF else 0xC3
    for i in ANY():
        size = 1200 // packets - 30
        data = b""
        for _ in range(packets):
            data += struct.pack(">BIB8sBBH", kind, version, 8, chance.randbytes(8), 0, 0, 0x4000 | size) + chance.randbytes(size)
        yield datagram(1024 + i // 6 % 60_000, 443, data)


def quic_one():
    return quic(1, 1)


def quic_four():
    """Four Initials in each datagram."""
    return quic(1, 4)


def quic_version_2():
    return quic(0x6B3343CF, 1)


def interleaved():
    """A chain of interleaved frames that stays open, four bytes at a time."""
    data = b"$\0\x40\0\x80\x60\0\1\0\0\0\0\0\0\0\1" * 260
    for i in ANY():
        k = i % SEGMENTS
        yield segment(2000 + i // SEGMENTS % 60_000, 8555, 1 + 4 * k, data[4 * k:4 * k + 4])


def one_byte():
    """Bytes that nobody knows, one by one."""
    return bytewise(8443, b"$", b"$", False)


def rtsp_lost():
    """An RTSP connection that is lost, then frames that stay open, a byte at a time."""
    fill = b"$\0\xff\xff\x80\x60\0\1\0\0\0\0\0\0\0\1"
    start = b"OPTIONS rtsp://x/ RTSP/1.0\r\nCSeq: 1\r\n\r\n"
    yield segment(1111, 554, 1, start)
    yield segment(1111, 554, 1 + len(start), b"\1" + fill)
    for i in ANY():
        yield segment(1111, 554, 18 + len(start) + i, fill[i % 16:i % 16 + 1])


def rtsp_junk():
    """RTSP connections that are lost and searched."""
    junk = (b"$\0\4\0\x80\x60\0\1AAAABBBB" + b"$" * 400)[:416]
    first = b"OPTIONS rtsp://x/ RTSP/1.0\r\nCSeq: 1\r\n\r\n".ljust(416, b"$")
    for i in ANY():
        yield segment(1024 + i % 500, 554, 1 + i // 500 * 416, first if i < 500 else junk)


def pppp_search():
    """Datagrams of 24 bytes, in which unknown secrets are searched."""
    chance = random.Random(31)
    for i in ANY():
        yield datagram(chance.getrandbits(16), 1024 + chance.getrandbits(15), chance.randbytes(24))


def first_fragments():
    """First fragments that nothing follows."""
    for i in ANY():
        yield ethernet(ROUTER, GUEST, ipv4(GUEST_IP, 0x17000000 + (i >> 16), UDP, udp(1, 1, b"y" * 600), i, 0x2000))


def far_fragments():
    """Small fragments at the end of 64 kB."""
    for i in ANY():
        yield ethernet(ROUTER, GUEST, ipv4(GUEST_IP, 0x17000000 + (i >> 16), UDP, b"z" * 8, i, 0x2000 | 8188))


def scattered_fragments():
    """The pieces of datagrams in an order that keeps them apart."""
    for i in ANY():
        k, number = i % 60, i // 60
        yield ethernet(ROUTER, GUEST, ipv4(GUEST_IP, 0x17000000 + (number >> 16), UDP, b"z" * 8, number, 0x2000 | (60 - k) * 8))


def holes():
    """Segments with holes, in 5,000 connections."""
    for i in ANY():
        yield segment(1024 + i % 5000, 80, 1 + i // 5000 * 300, b"GET /" + b"h" * 95)


def smtp_lines():
    """A mail that never ends, in small segments."""
    return bytewise(25, b"220 mail\r\n", b"MAIL FROM: a\r\n", True)


def pictures():
    """Pictures over HTTP in a row of targets: each begins a row."""
    for i in ANY():
        other, step = 1024 + i // 2 % 60_000, i & 1
        if step == 0:
            yield segment(other, 80, 1 + i // 120_000 * 900, b"GET /%d.jpg HTTP/1.1\r\nHost: a\r\n\r\n" % i)
        else:
            answer = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 8\r\n\r\n\xff\xd8\xff\xe0abcd"
            yield segment(
                80, other, 1 + i // 120_000 * 900, answer, source=SERVER_IP, destination=GUEST_IP, sender=ROUTER, receiver=GUEST)


def expectations():
    """RTSP sessions that announce ports, each of them new."""
    for i in ANY():
        port = 1024 + i // 2 % 60_000
        transport = b"Transport: RTP/AVP;unicast;client_port=%d-%d" % (port, port + 1)
        if i & 1 == 0:
            request = b"SETUP rtsp://192.168.88.5/a RTSP/1.0\r\nCSeq: 1\r\n" + transport + b"\r\n\r\n"
            yield segment(port, 554, 1, request, destination="192.168.88.5", receiver=mac(5))
        else:
            answer = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n" + transport + b";server_port=%d-%d\r\nSession: 1\r\n\r\n" % (port, port + 1)
            yield segment(554, port, 1, answer, source="192.168.88.5", destination=GUEST_IP, sender=mac(5), receiver=GUEST)


def observations():
    """The same messages again and again: nothing in them is new."""
    pointer = labels(b"_http", b"_tcp", b"local") + struct.pack(">HHIH", 12, 1, 120, 8) + b"\5plate\xc0\x0c"
    body = dns([pointer] * 20, 0, 0x8400, (0, 20, 0, 0))
    notice = b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\n" \
        b"SERVER: Linux UPnP/1.0 a/1\r\nUSN: uuid:1\r\nLOCATION: http://192.168.88.77/d.xml\r\n\r\n"
    for i in ANY():
        yield mdns(body) if i & 1 else datagram(
            1900, 1900, notice, GUEST_IP, "239.255.255.250", GUEST, bytes.fromhex("01005e7ffffa"))


CASES = [
    dns_loop, mdns_loop, mdns_labels, dns_large, mdns_large, wsd_large, ssdp_large,
    sip_large, sadp_large, stun_large, http_lines, http_spaces, http_text, http_json, http_html, http_xml, http_multipart, http_post,
    http_headers, hello_bytes, hello_extensions, quic_one, quic_four, quic_version_2, interleaved, one_byte, rtsp_lost, rtsp_junk,
    pppp_search, first_fragments, far_fragments, scattered_fragments, holes, smtp_lines, pictures, expectations, observations]
