"""The most costly false alarm: a guest's phone with camera apps contacts the clouds that cameras contact."""

import time

from home import lease_as, start_router
from network import Host

ABOUT = "A guest's Android phone joins, checks its connection, and its Smart Life, EZVIZ and Hik-Connect apps log in."

ROUTER = Host("router", "48:8f:5a:10:20:01", "192.168.88.1", {"is": "router", "flagged": False})
PHONE = Host("phone", "7a:3e:91:5c:d4:08", "192.168.88.140", dhcp=True, expect={
    "is": "phone", "flagged": False, "hostname": "Galaxy-A54"})
HOSTS = [ROUTER, PHONE]

ANDROID_OPTIONS = [1, 3, 6, 15, 26, 28, 51, 58, 59, 43, 114]
GOOGLE = ["connectivitycheck.gstatic.com", "www.google.com", "mtalk.google.com", "play.googleapis.com"]
APPS = ["a1.tuyaeu.com", "m2.tuyaeu.com", "apiieu.ezvizlife.com", "apiieu.hik-connect.com", "www.guardingvision.com"]

APP = "okhttp/4.9.3"
CHROME = "Mozilla/5.0 (Linux; Android 13; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36"

OBSERVATIONS = [
    (PHONE, "dhcp.vendor_class", "android-dhcp-13"),
    (PHONE, "dhcp.hostname", "Galaxy-A54"),
    (PHONE, "dhcp.params", ",".join(map(str, ANDROID_OPTIONS))),
    *((PHONE, "dns.query", name) for name in GOOGLE + APPS),
    *((PHONE, "tls.sni", name) for name in GOOGLE[1:] + APPS),
]


def play(lab):
    start_router(lab, ROUTER, GOOGLE + APPS, leases=[PHONE], ports=("443", "5228"))
    lab.record()
    lease_as(lab, PHONE, ROUTER, "Galaxy-A54", "android-dhcp-13", ANDROID_OPTIONS)
    fetch(lab, CHROME, "http://connectivitycheck.gstatic.com/generate_204")
    fetch(lab, CHROME, "https://www.google.com/generate_204")
    fetch(lab, "Android-GCM/1.5", "https://mtalk.google.com:5228/")
    fetch(lab, CHROME, "https://play.googleapis.com/generate_204")
    for name in APPS:
        time.sleep(0.3)
        fetch(lab, APP, f"https://{name}/v3/users/login")


def fetch(lab, agent, url):
    lab.run(PHONE, "curl", "-sk", "-A", agent, url)
