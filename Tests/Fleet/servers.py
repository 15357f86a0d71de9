#!/usr/bin/env python3
"""PostgreSQL and mosquitto of their own, for tests, the simulator and the demonstration.

    servers.py [--no-broker] [FOLDER]     prints one line of JSON once they answer, and ends them when its standard input ends

All is in one folder, made for it and removed at the end. PostgreSQL listens on a socket in there, mosquitto on a free port of loopback, so
neither is in the way of one that runs already. PostgreSQL refuses root: then it runs as the user postgres.
"""
import argparse
import glob
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end(process, number=signal.SIGTERM):
    """Ends a process that was started here."""
    if process and process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Postgres:
    """A cluster of its own, on a socket in its folder, and on a port of loopback if one is given: then `dsn` says that port."""

    def __init__(self, folder, port=None):
        self.folder, self.process, self.port = folder, None, port
        self.data = os.path.join(folder, "data")
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
        self.programs = found[-1] if found else os.path.dirname(shutil.which("initdb") or "/usr/bin/initdb")
        self.user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        self.dsn = f"host={folder} user=lenscap dbname=lenscap"

    def _options(self):
        if not self.user:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": [], "cwd": self.folder}

    def make(self):
        os.makedirs(self.folder, exist_ok=True)
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        subprocess.run([f"{self.programs}/initdb", "-D", self.data, "-U", "lenscap", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                        "--no-sync"], check=True, stdout=subprocess.DEVNULL, **self._options())
        self.start()
        # Not the superuser that initdb made: central's own user, as its documents say.
        for statement in ("CREATE ROLE central LOGIN CREATEROLE NOINHERIT", "CREATE DATABASE lenscap OWNER central"):
            self.run("postgres", statement)
        host = f"127.0.0.1 port={self.port}" if self.port else self.folder
        self.dsn = f"host={host} user=central dbname=lenscap"

    def start(self):
        self.log = open(os.path.join(self.folder, "postgres.log"), "ab")
        self.process = subprocess.Popen(
            [f"{self.programs}/postgres", "-D", self.data, "-k", self.folder, "-c",
             "listen_addresses=" + ("127.0.0.1" if self.port else ""), *(["-c", f"port={self.port}"] if self.port else []), "-c",
             "max_connections=300", "-c", "shared_buffers=64MB"], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True,
            **self._options())
        for _ in range(600):
            if subprocess.run([f"{self.programs}/pg_isready", "-q", "-h", self.folder, "-p", str(self.port or 5432), "-U",
                               "lenscap", "-d", "postgres"]).returncode == 0:
                return
            if self.process.poll() is not None:
                raise SystemExit(f"PostgreSQL did not start: {self.folder}/postgres.log")
            time.sleep(0.05)
        raise SystemExit("PostgreSQL does not answer")

    def run(self, database, statement):
        """The rows of a statement, as the superuser; columns are separated by `|`."""
        return subprocess.run(
            [f"{self.programs}/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-p", str(self.port or 5432), "-U",
             "lenscap", "-d", database, "-c", statement], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()

    def kill(self):
        """As kill -9 of all of it: the children of a postmaster that was killed end by themselves."""
        end(self.process, signal.SIGKILL)

    def stop(self):
        end(self.process, signal.SIGINT)


class Broker:
    """mosquitto. What it must keep over a crash is in its persistence file."""

    def __init__(self, folder, lines=None, port=None):
        self.folder, self.process = folder, None
        self.port = port or free_port()
        self.lines = lines

    def make(self):
        os.makedirs(self.folder, exist_ok=True)
        lines = self.lines or [
            f"listener {self.port} 127.0.0.1", "allow_anonymous true", "persistence true", f"persistence_location {self.folder}/",
            "autosave_interval 300", "max_queued_messages 200000", "max_inflight_messages 1000", "log_type error", "log_type warning",
            "max_connections -1",
        ]
        if os.getuid() == 0:
            lines.append("user root")
        with open(os.path.join(self.folder, "mosquitto.conf"), "w") as file:
            file.write("\n".join(lines) + "\n")
        self.start()

    def start(self):
        self.log = open(os.path.join(self.folder, "mosquitto.log"), "ab")
        self.process = subprocess.Popen(
            [shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", os.path.join(self.folder, "mosquitto.conf")],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                raise SystemExit(f"mosquitto did not start: {self.folder}/mosquitto.log")
            time.sleep(0.05)
        raise SystemExit("mosquitto does not answer")

    def kill(self):
        end(self.process, signal.SIGKILL)

    def stop(self):
        end(self.process)


def main():
    options = argparse.ArgumentParser(description="PostgreSQL and mosquitto of their own")
    options.add_argument("--no-broker", action="store_true")
    options.add_argument("folder", nargs="?")
    chosen = options.parse_args()
    # Above the folder of tests may lie one that the user postgres cannot enter.
    folder = chosen.folder or tempfile.mkdtemp(prefix="lenscap-", dir="/tmp")
    os.chmod(folder, 0o711)
    postgres, broker = Postgres(os.path.join(folder, "pg")), Broker(os.path.join(folder, "mq"))
    try:
        postgres.make()
        if not chosen.no_broker:
            broker.make()
        admin = f"host={postgres.folder} user=lenscap dbname=postgres"
        print(json.dumps({"dsn": postgres.dsn, "admin": admin, "broker": broker.port, "folder": folder}), flush=True)
        for line in sys.stdin:
            target = {"postgres": postgres, "broker": broker}.get(line.split()[-1])
            if target:
                {"kill": target.kill, "start": target.start}[line.split()[0]]()
                print("done", flush=True)
    finally:
        postgres.stop()
        broker.stop()
        if not chosen.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
