"""The infrastructure of a home network: a router with DHCP and DNS, and internet servers."""

import json

from network import PROGRAMS, set_resolver

FIRST_PUBLIC = "203.0.113."  # documentation range: nobody's


def public_addresses(names):
    return {name: f"{FIRST_PUBLIC}{number}" for number, name in enumerate(names, 10)}


def start_router(lab, router, names=(), leases=(), tls="1.3", ports=("443",), nameless=(), way=None):
    """Starts dnsmasq on the router, and servers that answer for `names` behind it; `nameless` are further public addresses. Returns
    the internet host."""
    addresses = public_addresses(names)
    internet = lab.add_internet(router, [*addresses.values(), *nameless], way)
    network = router.ip.rsplit(".", 1)[0]
    lab.start(
        router, "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root",
        "--interface=eth0", "--bind-interfaces", "--dhcp-authoritative", f"--dhcp-leasefile={lab.work / 'leases'}",
        f"--dhcp-range={network}.100,{network}.199,12h", "--domain=lan", "--local=/lan/",
        *(f"--dhcp-host={host.mac},{host.ip}" for host in leases),
        # `local` with a record, because `address` does not answer that there is no IPv6 address.
        *(f"--local=/{name}/" for name in addresses),
        *(f"--host-record={name},{address},300" for name, address in addresses.items()),
        ready="started, version")
    if names:
        lab.program(internet, "cloud", "--names", json.dumps(list(names)), "--max-tls", tls, "--ports", *ports)
    return internet


def lease_as_appliance(lab, host, name, router):
    """BusyBox's DHCP client, which most cheap cameras have. Requests an address at once and sends its host name, if it has one."""
    lab.plug_in(host)
    set_resolver(host, router.ip)
    named = ["-x", f"hostname:{name}"] if name else []
    lab.run(host, "udhcpc", "-i", "eth0", "-f", "-n", "-q", "-T", "1", *named, "-s", PROGRAMS / "dhcp-lease")


def lease_as(lab, host, router, name, vendor_class, options):
    """ISC dhclient with the given options in the given order, to imitate the DHCP client of any system."""
    lab.plug_in(host)
    set_resolver(host, router.ip)
    configuration = lab.work / f"{host.name}.dhclient"
    configuration.write_text(dhclient_configuration(name, vendor_class, options))
    lab.start(host, "dhclient", "-d", "-1", "-4", "-cf", configuration, "-lf", lab.work / f"{host.name}.leases",
              "-pf", lab.work / f"{host.name}.pid", "-sf", PROGRAMS / "dhcp-lease", "eth0", ready="bound to")


DHCLIENT_NAMES = {
    1: "subnet-mask", 3: "routers", 6: "domain-name-servers", 15: "domain-name", 26: "interface-mtu",
    28: "broadcast-address", 31: "router-discovery", 33: "static-routes", 43: "vendor-encapsulated-options",
    44: "netbios-name-servers", 46: "netbios-node-type", 47: "netbios-scope", 51: "dhcp-lease-time",
    58: "dhcp-renewal-time", 59: "dhcp-rebinding-time", 119: "domain-search",
}


def dhclient_configuration(name, vendor_class, options):
    unnamed = [code for code in options if code not in DHCLIENT_NAMES]
    asked = [DHCLIENT_NAMES.get(code, f"option-{code}") for code in options]
    lines = [f"option option-{code} code {code} = string;" for code in unnamed]
    lines += [f'send vendor-class-identifier "{vendor_class}";', f"request {', '.join(asked)};", "initial-delay 0;"]
    if name:
        lines.append(f'send host-name "{name}";')
    return "\n".join(lines) + "\n"
