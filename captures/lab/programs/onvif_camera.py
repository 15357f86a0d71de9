"""An ONVIF camera as far as WS-Discovery goes: the WSDiscovery library sends Hello and answers probes. MODEL ADDRESS"""

import argparse
import time

from wsdiscovery import QName, Scope
from wsdiscovery.publishing import ThreadedWSPublishing

TYPES = [QName("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter", "dn"),
         QName("http://www.onvif.org/ver10/device/wsdl", "Device", "tds")]
SCOPES = ["type/video_encoder", "type/Network_Video_Transmitter", "Profile/Streaming", "location/country", "name/IPC"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("address")
    arguments = parser.parse_args()
    publishing = ThreadedWSPublishing()
    publishing.start()
    scopes = [Scope(f"onvif://www.onvif.org/{scope}") for scope in SCOPES + [f"hardware/{arguments.model}"]]
    publishing.publishService(types=TYPES, scopes=scopes, xAddrs=[f"http://{arguments.address}/onvif/device_service"])
    print("ready")
    while True:
        time.sleep(60)


main()
