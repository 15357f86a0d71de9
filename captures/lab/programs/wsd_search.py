"""Searches by WS-Discovery, as camera viewers do: first for ONVIF video transmitters, then for anything."""

from wsdiscovery import QName
from wsdiscovery.discovery import ThreadedWSDiscovery

search = ThreadedWSDiscovery()
search.start()
transmitter = QName("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter")
for types in ([transmitter], None):
    for service in search.searchServices(types=types, timeout=2):
        print(service.getXAddrs(), [str(kind) for kind in service.getTypes()])
search.stop()
