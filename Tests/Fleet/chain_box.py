"""A box of a chain: `lenscap watch`, which reads recordings as if they came now, and `lenscap serve` with its uplink."""
import os
import struct
import subprocess
import sys
import time

import servers

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT + "/Tests/Live")
from pcapng import Recording  # noqa: E402


class Box:
    def __init__(self, binary, folder, name):
        self.binary, self.folder, self.watch, self.serve = binary, folder, None, None
        os.makedirs(folder, mode=0o700)
        self.config = folder + "/lenscap.yaml"
        with open(self.config, "w") as file:
            file.write("\n".join([
                f"property: {{ name: {name}, time_zone: UTC }}", 'interfaces: ["-"]', "database: lenscap.sqlite",
                "serve: { database: serve.sqlite, listen: '127.0.0.1:0' }", *(["user: root"] if os.getuid() == 0 else [])]) + "\n")

    def enroll(self, code, url, ca, accept=()):
        """Becomes a gateway, which takes from central what `accept` names."""
        done = subprocess.run([self.binary, "enroll", code, "--url", url, "--ca", ca, "--config", self.config], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"lenscap enroll: {done.returncode} {done.stderr}")
        with open(self.config) as file:
            text = file.read()
        with open(self.config, "w") as file:
            file.write(text.replace("accept: []", f"accept: [{', '.join(accept)}]"))

    def start(self):
        self.start_watch()
        self.start_serve()

    def start_watch(self):
        self.watch = self._start("watch", stdin=subprocess.PIPE)
        self.watch.stdin.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        self.watch.stdin.flush()

    def start_serve(self):
        self.serve = self._start("serve", stdin=subprocess.DEVNULL)

    def _start(self, command, **more):
        with open(f"{self.folder}/{command}.log", "a") as log:
            return subprocess.Popen([self.binary, command, "--config", self.config], stdout=subprocess.DEVNULL, stderr=log,
                                    start_new_session=True, **more)

    def feed(self, capture):
        """The frames of a recording of Ethernet, in its own rhythm but at once, as if its last one came now."""
        frames = Recording(capture).frames
        ahead = time.time() - frames[-1][0]
        for moment, frame in frames:
            seconds, fraction = divmod(moment + ahead, 1)
            self.watch.stdin.write(struct.pack("<IIII", int(seconds), int(fraction * 1e6), len(frame), len(frame)) + frame)
        self.watch.stdin.flush()

    def said(self):
        """The last lines of both, for errors."""
        texts = []
        for command in ("watch", "serve"):
            with open(f"{self.folder}/{command}.log") as file:
                texts.append(f"{command}: " + file.read()[-1000:])
        return "\n".join(texts)

    def stop(self):
        servers.end(self.serve)
        servers.end(self.watch)
