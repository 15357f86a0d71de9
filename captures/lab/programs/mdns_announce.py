"""Announces services by mDNS: NAME TYPE PORT [KEY=VALUE…], several divided by a comma on its own."""

import argparse
import itertools
import socket
import time

from zeroconf import IPVersion, ServiceInfo, Zeroconf


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ip", required=True)
    parser.add_argument("--host", required=True, help="host name without .local")
    parser.add_argument("services", nargs="+")
    arguments = parser.parse_args()
    zeroconf = Zeroconf(interfaces=[arguments.ip], ip_version=IPVersion.V4Only)
    for divider, words in itertools.groupby(arguments.services, lambda word: word == ","):
        if not divider:
            zeroconf.register_service(service(arguments, *words))
    print("ready")
    while True:
        time.sleep(60)


def service(arguments, name, kind, port, *texts):
    return ServiceInfo(
        f"{kind}.local.", f"{name}.{kind}.local.", port=int(port), server=f"{arguments.host}.local.",
        addresses=[socket.inet_aton(arguments.ip)], properties=dict(text.split("=", 1) for text in texts))


main()
