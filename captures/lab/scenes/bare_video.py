"""Two cameras without a protocol: one sends its encoder's output over UDP, the other to every TCP client."""

from network import Host

ABOUT = "A toy drone sends H.264 by plain UDP and a board with a camera H.264 by plain TCP, each to a laptop."

DRONE = Host("drone", "02:1a:11:5c:01:0a", "192.168.1.1",
             {"is": "camera", "flagged": True, "at_least": "probable", "role": "camera"})
BOARD = Host("board", "02:1a:11:5c:01:0b", "192.168.1.20",
             {"is": "camera", "flagged": True, "at_least": "probable", "role": "camera"})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.1.31", {"is": "computer", "flagged": False, "role": "viewer"})
HOSTS = [DRONE, BOARD, LAPTOP]

OBSERVATIONS = [
    (DRONE, "bare.video", "H264 over UDP"),
    (BOARD, "bare.video", "H264 over TCP"),
]

CAMERA = ("ffmpeg -loglevel error -re -f lavfi -i testsrc=s=160x120:r=10 -t 6 -c:v libx264 -preset ultrafast"
          " -tune zerolatency -g 10 -x264-params repeat-headers=1 -f h264").split()


def play(lab):
    lab.record()
    by_udp = lab.start(DRONE, *CAMERA, f"udp://{LAPTOP.ip}:7060?pkt_size=1024")
    lab.run(DRONE, "sleep", "6")
    lab.finish(by_udp)
    by_tcp = lab.start(BOARD, *CAMERA, f"tcp://{BOARD.ip}:3333?listen=1")
    lab.run(LAPTOP, "sleep", "0.5")
    lab.run(LAPTOP, *f"ffmpeg -loglevel error -f h264 -i tcp://{BOARD.ip}:3333 -c copy -f null -".split())
    lab.finish(by_tcp)
