"""A film is copied between two computers, as fast as the network allows."""

from network import Host

ABOUT = "A computer gives a laptop a raw H.264 recording and a row of pictures over plain TCP: files, not live video."

STORE = Host("store", "3c:58:c2:7d:10:9b", "192.168.1.40", {"is": "computer", "flagged": False})
LAPTOP = Host("laptop", "8c:8d:28:40:11:02", "192.168.1.31", {"is": "computer", "flagged": False})
HOSTS = [STORE, LAPTOP]

OBSERVATIONS = []

FILM = ("ffmpeg -loglevel error -f lavfi -i testsrc=s=96x72:r=10 -t 40 -c:v libx264 -preset ultrafast -crf 45 -g 20"
        " -x264-params repeat-headers=1 -f h264 -y").split()
PICTURES = "ffmpeg -loglevel error -f lavfi -i testsrc=s=64x48:r=25 -t 3 -q:v 31 -f mjpeg -y".split()


def play(lab):
    for make, name in ((FILM, "film.h264"), (PICTURES, "pictures.mjpeg")):
        lab.run(STORE, *make, f"/tmp/lenscap-lab-{name}")
    lab.record()
    for port, name in ((9000, "film.h264"), (9001, "pictures.mjpeg")):
        path = f"/tmp/lenscap-lab-{name}"
        give = lab.start(STORE, "python3", "-c",
                         f"import socket; s = socket.create_server(('{STORE.ip}', {port})); c = s.accept()[0];"
                         f" c.sendall(open('{path}', 'rb').read()); c.close()")
        lab.run(LAPTOP, "sleep", "0.5")
        lab.run(LAPTOP, "python3", "-c",
                f"import socket; s = socket.create_connection(('{STORE.ip}', {port}))\nwhile s.recv(65536): pass")
        lab.finish(give)
        lab.run(STORE, "rm", path)
