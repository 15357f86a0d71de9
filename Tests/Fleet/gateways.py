"""Gateways that speak MQTT 3.1.1 as the box does, thousands of them in one process (asyncio)."""
import asyncio
import collections
import json
import random
import struct
import time

WINDOW = 100  # events that a box sends before they are acknowledged
KEPT = 1000  # acknowledged events that it keeps, to send them again


def text(value):
    data = value.encode()
    return struct.pack("!H", len(data)) + data


def packet(kind, body):
    length, size = len(body), b""
    while True:
        length, digit = length >> 7, length & 127
        size += bytes([digit | (0x80 if length else 0)])
        if not length:
            return bytes([kind]) + size + body


class Gateway(asyncio.Protocol):
    """One box: a log of events, and a place in it that only central's acknowledgements move."""

    def __init__(self, fleet, name, tenant, site):
        self.fleet, self.name, self.epoch = fleet, name, "e-" + name[3:9]
        self.root = f"lenscap/1/{tenant}/{site}/{name}"
        self.log = collections.deque()  # (seq, prev, time), not acknowledged
        self.kept = collections.deque(maxlen=KEPT)
        self.last = self.acked = self.sent = self.count = 0
        self.transport, self.is_open, self.buffer, self.packet_id = None, False, b"", 0
        self.pings = 0

    # The log

    def add_event(self, now):
        seq = self.last + random.choice((1, 1, 1, 2, 5))  # what is not for central leaves holes
        self.log.append((seq, self.last, now))
        self.last, self.count = seq, self.count + 1
        self.flush()

    def flush(self):
        if not self.is_open or self.transport.get_write_buffer_size() > 1 << 20:
            return
        out = []
        for place, (seq, prev, _) in enumerate(self.log):
            if place >= WINDOW:
                break
            if seq > self.sent:
                out.append(self.publication("up/event", self.event(seq, prev)))
                self.sent = seq
        if out:
            self.fleet.published += len(out)
            self.transport.write(b"".join(out))

    def event(self, seq, prev):
        number = seq % 3
        return json.dumps({
            "epoch": self.epoch, "seq": seq, "prev": prev, "uid": f"{self.epoch}-{seq}",
            "data": {
                "id": f"A-{number}", "kind": "camera", "severity": "high", "time": "2026-11-24T08:15:30.123456Z", "verdict": "camera",
                "device": f"aa:bb:cc:00:00:0{number}", "summary": "Camera in Room 305: streams video to 203.0.113.7 since 08:10",
                "event": "raised" if seq < 4 else "changed", "changes": [{"what": "room", "from": "Room 304", "to": "Room 305"}],
                "subject": {"id": f"aa:bb:cc:00:00:0{number}", "maker": "Example Cameras", "model": "C-100", "ips": ["192.168.7.31"],
                            "confidence": 0.998, "first_seen": "2026-11-24T08:00:00Z", "last_seen": "2026-11-24T08:15:30Z"},
                "evidence": [{"signature": "cloud.p2p", "reason": "looks up the service of a maker of cameras", "strength": "strong",
                              "packet": {"number": 1000 + seq, "time": "2026-11-24T08:11:00Z"}}] * 2,
            }}).encode()

    def acknowledge(self, epoch, seq):
        if epoch != self.epoch:
            return
        if seq > self.acked:
            now = time.monotonic()
            while self.log and self.log[0][0] <= seq:
                entry = self.log.popleft()
                self.kept.append(entry)
                self.fleet.latencies.append((entry[2], now - entry[2]))
            self.acked, self.sent = seq, max(seq, self.sent)
        else:
            # Central has no more than before, or less: again from there.
            while self.kept and self.kept[-1][0] > seq:
                self.log.appendleft(self.kept.pop())
            self.acked = self.sent = seq
            self.fleet.repeats += 1
        self.flush()

    # MQTT

    def connection_made(self, transport):
        self.transport, self.buffer, self.is_open = transport, b"", False
        will = json.dumps({"epoch": self.epoch, "status": "offline"}).encode()
        flags = 0x02 | 0x04 | 0x08 | 0x20  # clean session; a will of QoS 1 that is retained
        body = text("MQTT") + bytes([4, flags]) + struct.pack("!H", 60) + text(self.name) + text(self.root + "/up/health")
        transport.write(packet(0x10, body + struct.pack("!H", len(will)) + will))

    def publication(self, topic, payload, retain=False):
        self.packet_id = self.packet_id % 65_535 + 1
        return packet(0x32 | retain, text(f"{self.root}/{topic}") + struct.pack("!H", self.packet_id) + payload)

    def data_received(self, data):
        self.buffer += data
        while len(self.buffer) >= 2:
            length, shift, place = 0, 0, 1
            while True:
                if place >= len(self.buffer):
                    return
                digit = self.buffer[place]
                length, shift, place = length | (digit & 127) << shift, shift + 7, place + 1
                if not digit & 128:
                    break
            if len(self.buffer) < place + length:
                return
            kind, body = self.buffer[0], self.buffer[place:place + length]
            self.buffer = self.buffer[place + length:]
            self.take(kind, body)

    def take(self, kind, body):
        if kind == 0x20:  # CONNACK
            if body[1] != 0:
                return self.transport.close()
            self.transport.write(packet(0x82, struct.pack("!H", 1) + text(self.root + "/down/#") + b"\1"))
        elif kind == 0x90:  # SUBACK
            self.is_open, self.sent = True, self.acked
            self.fleet.connected += 1
            health = {"epoch": self.epoch, "status": "online", "time": "2026-11-24T08:15:30Z", "version": "0.1.0",
                      "pending": len(self.log), "acked_seq": self.acked}
            self.transport.write(self.publication("up/health", json.dumps(health).encode(), retain=True))
            self.flush()
        elif kind >> 4 == 3:  # PUBLISH
            size = struct.unpack("!H", body[:2])[0]
            topic, rest = body[2:2 + size].decode(), body[2 + size:]
            if kind & 6:
                self.transport.write(packet(0x40, rest[:2]))
                rest = rest[2:]
            if topic.endswith("/down/ack"):
                answer = json.loads(rest)
                self.acknowledge(answer["epoch"], answer["seq"])

    def ping(self):
        if self.is_open:
            self.transport.write(b"\xc0\0")

    def connection_lost(self, _):
        if self.is_open:
            self.fleet.connected -= 1
        self.is_open = False
        self.fleet.lost.append(self)

    def cut(self):
        if self.transport:
            self.transport.abort()


class Fleet:
    """All gateways of a run."""

    def __init__(self, port, members, tls=None):
        self.port, self.tls = port, tls or {}
        self.gateways = [Gateway(self, *member) for member in members]
        self.lost, self.latencies = [], []
        self.published = self.connected = self.repeats = 0
        self.is_cut = self.is_ending = False
        self.tasks = set()

    async def connect(self, gateway, jitter):
        pause = jitter
        while not self.is_ending:
            await asyncio.sleep(random.uniform(0, pause))
            try:
                if self.is_cut:
                    raise OSError
                port, context = self.tls.get(gateway.name, (self.port, None))
                await asyncio.wait_for(asyncio.get_running_loop().create_connection(
                    lambda: gateway, "127.0.0.1", port, ssl=context, server_hostname="localhost" if context else None), 20)
                return
            except (OSError, asyncio.TimeoutError):
                pause = min(10, max(1, pause * 2))

    def start(self, gateway, jitter):
        task = asyncio.create_task(self.connect(gateway, jitter))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def keep(self):
        """Connects again what lost its connection, and keeps connections alive."""
        turn = 0
        while not self.is_ending:
            lost, self.lost = self.lost, []
            for gateway in lost:
                self.start(gateway, 2)
            for gateway in self.gateways[turn % 40::40]:
                gateway.ping()
                gateway.flush()
            turn += 1
            await asyncio.sleep(0.5)

    async def produce(self, rate, seconds):
        """Events at a rate, each at a gateway by chance."""
        begin, made = time.monotonic(), 0
        while (now := time.monotonic()) < begin + seconds:
            while made < (now - begin) * rate:
                random.choice(self.gateways).add_event(now)
                made += 1
            await asyncio.sleep(0.01)

    async def wait(self, condition, limit):
        until = time.monotonic() + limit
        while not condition() and time.monotonic() < until:
            await asyncio.sleep(0.1)
        return condition()

    @property
    def made(self):
        return sum(gateway.count for gateway in self.gateways)

    @property
    def pending(self):
        return sum(len(gateway.log) for gateway in self.gateways)
