"""The player of a stream is not its source: the server is on the internet, and the laptop only watches."""

from home import start_router
from network import Host

ABOUT = "A laptop plays an RTSP stream from a server on the internet: a viewer, and no camera on this network."

ROUTER = Host("router", "48:8f:5a:10:20:01", "192.168.88.1", {"is": "router", "flagged": False})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.88.31", {"is": "computer", "flagged": False, "role": "viewer"},
              gateway=ROUTER.ip, dns=ROUTER.ip)
HOSTS = [ROUTER, LAPTOP]

STATION = "rtsp.station.example"

OBSERVATIONS = [
    (LAPTOP, "dns.query", STATION),
    (LAPTOP, "rtsp.user_agent", "Lavf59.27.100"),
]


def play(lab):
    internet = start_router(lab, ROUTER, [STATION])
    lab.program(internet, "rtsp_camera", "--path", "/live")
    lab.record()
    lab.run(LAPTOP, *"ffmpeg -loglevel error -rtsp_transport udp -i".split(), f"rtsp://{STATION}/live",
            *"-t 5 -c copy -f null -".split())
