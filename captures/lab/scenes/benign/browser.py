"""An afternoon in a browser: DNS, pages over HTTP, pages over TLS."""

from home import lease_as, start_router
from network import Host

ABOUT = "A Windows laptop joins and browses ten sites, three of them in clear."

ROUTER = Host("router", "48:8f:5a:10:20:01", "192.168.88.1", {"is": "router", "flagged": False})
LAPTOP = Host("laptop", "3c:58:c2:7d:10:9a", "192.168.88.150", dhcp=True, expect={
    "is": "computer", "flagged": False, "hostname": "LAPTOP-4F7Q2MNB"})
HOSTS = [ROUTER, LAPTOP]

WINDOWS_OPTIONS = [1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252]
PLAIN = ["www.msftconnecttest.com", "neverssl.com", "example.com"]
SECURE = ["www.bing.com", "en.wikipedia.org", "www.youtube.com", "github.com", "news.ycombinator.com", "www.bbc.co.uk",
          "cdn.jsdelivr.net"]

EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0"

OBSERVATIONS = [
    (LAPTOP, "dhcp.vendor_class", "MSFT 5.0"),
    (LAPTOP, "dhcp.hostname", "LAPTOP-4F7Q2MNB"),
    (LAPTOP, "dhcp.params", ",".join(map(str, WINDOWS_OPTIONS))),
    (LAPTOP, "http.user_agent", EDGE),
    *((LAPTOP, "dns.query", name) for name in PLAIN + SECURE),
    *((LAPTOP, "http.host", name) for name in PLAIN),
    *((LAPTOP, "tls.sni", name) for name in SECURE),
]


def play(lab):
    start_router(lab, ROUTER, PLAIN + SECURE, leases=[LAPTOP])
    lab.record()
    lease_as(lab, LAPTOP, ROUTER, "LAPTOP-4F7Q2MNB", "MSFT 5.0", WINDOWS_OPTIONS)
    for name in PLAIN:
        lab.run(LAPTOP, "curl", "-s", "-A", EDGE, f"http://{name}/")
    for name in SECURE:
        lab.run(LAPTOP, "curl", "-sk", "-A", EDGE, f"https://{name}/")
