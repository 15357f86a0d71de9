"""Browses mDNS for the services that a phone looks for: televisions, speakers and printers."""

import time

from zeroconf import IPVersion, ServiceBrowser, Zeroconf


class Ignore:
    def add_service(self, *_):
        pass

    update_service = remove_service = add_service


zeroconf = Zeroconf(ip_version=IPVersion.V4Only)
ServiceBrowser(zeroconf, ["_googlecast._tcp.local.", "_spotify-connect._tcp.local.", "_ipp._tcp.local."], Ignore())
time.sleep(2)
zeroconf.close()
