"""A network namespace with pairs of interfaces, and the programs that run in it; all is gone at the end."""
import os
import subprocess


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


class Space:
    def __init__(self):
        self.name = f"lenscap-{os.getpid()}"
        self.programs = []

    def __enter__(self):
        run("ip", "netns", "add", self.name)
        self.ip("link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        for program in self.programs:
            if program.poll() is None:
                program.kill()
            program.wait()
        subprocess.run(["ip", "netns", "delete", self.name], check=False)

    def ip(self, *arguments):
        run("ip", "-n", self.name, *arguments)

    def pair(self, name, other):
        """Two interfaces, a wire between them, both up. The system itself sends nothing on them."""
        self.ip("link", "add", name, "type", "veth", "peer", "name", other)
        for end in (name, other):
            # No neighbour discovery of its own; there may be no IPv6 here.
            self.start("sysctl", "-q", "-w", f"net.ipv6.conf.{end}.disable_ipv6=1", stderr=subprocess.DEVNULL).wait()
            self.ip("link", "set", end, "up")

    def start(self, *command, **options):
        program = subprocess.Popen(["ip", "netns", "exec", self.name, *command], **options)
        self.programs.append(program)
        return program
