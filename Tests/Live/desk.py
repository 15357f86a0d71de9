"""`lenscap watch` and `lenscap serve` with the page, for the programs that look at it."""
import http.client
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"
CONTEXT = ssl._create_unverified_context()


def fail(text):
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {text}")


def wait(what, condition, patience=10.0):
    """Waits until something is so.

    Returns: the seconds that it took.
    """
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > patience:
            fail(f"{what}: not within {patience} s")
        time.sleep(0.02)
    return time.monotonic() - begun


def get(host, path, headers=None, connection=None):
    connection = connection or http.client.HTTPSConnection(host, context=CONTEXT, timeout=20)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    return answer, answer.read().decode()


class Desk:
    """A box in a folder of its own."""

    def __init__(self, binary, rooms="[{ room: Room 305, subnet: 192.168.88.0/24 }]", name="Hotel Aurora"):
        self.binary = os.path.abspath(binary)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lenscap-page-"))
        self.configuration = self.folder / "lenscap.yaml"
        self.database = self.folder / "watch.sqlite"
        self.configuration.write_text(
            f"property: {{ name: {name} }}\ndatabase: {self.database}\nuser: root\n"
            f'serve: {{ listen: "127.0.0.1:0" }}\ndashboard: {{ listen: "127.0.0.1:0" }}\nrooms: {rooms}\n')
        self.processes = []
        self.host = self.watch = self.serve = None

    def lenscap(self, *arguments):
        done = subprocess.run([self.binary, *arguments, "--config", self.configuration], capture_output=True, text=True)
        if done.returncode:
            fail(f"{arguments}: {done.stderr}")
        return done.stdout.strip()

    def _start(self, *arguments, **more):
        process = subprocess.Popen([self.binary, *arguments, "--config", self.configuration], stderr=subprocess.PIPE, **more)
        self.processes.append(process)
        return process

    def start(self):
        """Starts both; the watch reads packets from its standard input."""
        self.watch = self._start("watch", "-i", "-", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        wait("the database", self.database.exists)
        self.serve = self._start("serve")
        for line in self.serve.stderr:
            found = re.search(rb"ready, https://(\S+) sha256 ([0-9A-F:]{95})", line)
            if found:
                self.host = found[1].decode()
                return
        fail("serve did not start")

    def feed(self, capture):
        self.watch.stdin.write(pathlib.Path(capture).read_bytes())
        self.watch.stdin.flush()

    def invite(self, name, role="manager"):
        """The path of the link by which somebody chooses a password."""
        return urllib.parse.urlparse(self.lenscap("users", "invite", name, "--role", role)).path

    def session(self, name, role="manager"):
        """Invites somebody, who signs in without a browser.

        Returns: the cookie.
        """
        path = self.invite(name, role)
        page, text = get(self.host, path)
        cookie = page.getheader("Set-Cookie").split(";")[0]
        form = re.search(r'name="csrf" value="([^"]+)"', text)[1]
        connection = http.client.HTTPSConnection(self.host, context=CONTEXT, timeout=20)
        connection.request(
            "POST", path, urllib.parse.urlencode({"password": PASSWORD, "csrf": form}),
            {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        answer.read()
        return answer.getheader("Set-Cookie").split(";")[0]

    def processor_time(self):
        """Seconds that `serve` has used."""
        fields = pathlib.Path(f"/proc/{self.serve.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """Bytes of `serve` that are no file."""
        status = pathlib.Path(f"/proc/{self.serve.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]) * 1024

    def stop(self):
        for process in self.processes:
            process.terminate()
