"""A running `lenscap watch`, what it prints and when; and the alerts of a replay."""
import json
import os
import signal
import subprocess
import threading
import time


class Watch:
    def __init__(self, start, folder, *command):
        """`start` starts a program where the interfaces are; `folder` keeps what it says."""
        self.said_path = os.path.join(folder, "said")
        self.printed = []  # (when, line)
        with open(self.said_path, "w") as said:
            self.process = start(*command, "--format", "jsonl", stdout=subprocess.PIPE, stderr=said, text=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.expect("watching ")

    def _read(self):
        for line in self.process.stdout:
            self.printed.append((time.time(), json.loads(line)))

    def said(self):
        with open(self.said_path) as said:
            return said.read()

    def expect(self, *words, seconds=15):
        deadline = time.time() + seconds
        while time.time() < deadline:
            if any(all(word in line for word in words) for line in self.said().splitlines()):
                return
            time.sleep(0.05)
        raise AssertionError(f"not said: {words}\n{self.said()}")

    def timed_alerts(self):
        """(when it was printed, alert)"""
        return [(moment, line) for moment, line in self.printed if is_alert(line)]

    def alerts(self):
        return [alert for _, alert in self.timed_alerts()]

    def await_alerts(self, devices, seconds):
        """Until there is an alert about each of these, or the time is over."""
        deadline = time.time() + seconds
        while time.time() < deadline and not devices <= {alert["device"] for alert in self.alerts()}:
            time.sleep(0.1)

    def end(self):
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(timeout=10)
        self.reader.join(timeout=10)
        return status


def is_alert(line):
    return line["type"] == "alert" and line["kind"] != "health"


def replay(binary, recording):
    """Exit status, and the lines."""
    done = subprocess.run([binary, "replay", "--format", "jsonl", recording], capture_output=True, text=True)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


# A replay shows each alert once, as it ended, and belongs to no sensor.
OF_ONE_RUN = ("event", "changes", "sensor", "uid")


def final_alerts(lines):
    """Each alert as it ended, without what a replay does not show, and without the name of the recording."""
    found = {}
    for alert in filter(is_alert, lines):
        alert = {key: value for key, value in alert.items() if key not in OF_ONE_RUN}
        subject = alert["subject"] | {"class_reasons": without_files(alert["subject"]["class_reasons"])}
        found[alert["id"]] = alert | {"evidence": without_files(alert["evidence"]), "subject": subject}
    return found


def without_files(items):
    """Items that cite a packet, without the name of its recording."""
    return [item | {"packet": {key: value for key, value in item["packet"].items() if key != "file"}} for item in items]
