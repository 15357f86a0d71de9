"""lenscap-central with a configuration and a log of its own."""
import os
import signal
import subprocess
import time

import servers


class Central:
    """lenscap-central serve."""

    def __init__(self, binary, folder, dsn, broker, lines=(), state=None):
        self.binary, self.folder, self.process = binary, folder, None
        self.environment = {**os.environ, "LENSCAP_CENTRAL_DSN": dsn}
        self.state = state or folder + "/state"
        os.makedirs(folder, exist_ok=True)
        os.makedirs(self.state, mode=0o700, exist_ok=True)
        self.config = folder + "/central.yaml"
        with open(self.config, "w") as file:
            file.write("\n".join([
                "listen: 127.0.0.1:0", f"state: {self.state}", "broker:", "  host: 127.0.0.1", f"  port: {broker}", *lines]) + "\n")

    def run(self, *arguments):
        return subprocess.run([self.binary, *arguments], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def command(self, *arguments):
        done = self.run(*arguments)
        if done.returncode != 0:
            raise SystemExit(f"lenscap-central {' '.join(arguments)}: {done.returncode} {done.stderr}")
        return done.stdout.strip()

    def start(self):
        self.log = open(self.folder + "/central.log", "a")
        self.process = subprocess.Popen([self.binary, "serve", "--config", self.config], env=self.environment, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, start_new_session=True)

    def said(self, words):
        with open(self.folder + "/central.log") as file:
            return [line.strip() for line in file if words in line]

    def wait(self, words, limit=30, times=1):
        """The last line with these words, once there are so many."""
        until = time.monotonic() + limit
        while time.monotonic() < until:
            if len(found := self.said(words)) >= times:
                return found[-1]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        with open(self.folder + "/central.log") as file:
            raise SystemExit(f"central does not say “{words}”, but:\n{file.read()}")

    @property
    def url(self):
        return self.wait("central: ready, ").split("ready, ")[1].split()[0]

    @property
    def ca(self):
        return self.state + "/ca.pem"

    def kill(self):
        servers.end(self.process, signal.SIGKILL)

    def stop(self):
        servers.end(self.process)
