"""A cloud that commands, and the device that obeys. The device keeps a TLS connection to its cloud; the cloud sends it messages of 200
bytes; the device starts a program some time after a message, or by itself."""

import argparse
import socket
import ssl
import subprocess
import time

PORT = 8883
LENGTH = 200 - 22  # a TLS 1.3 record is 22 bytes longer than its content


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    sides = parser.add_subparsers(dest="side", required=True)
    cloud = sides.add_parser("cloud")
    cloud.add_argument("--after", type=float, default=15)
    cloud.add_argument("--messages", type=int, default=1)
    cloud.add_argument("--every", type=float, default=3)
    device = sides.add_parser("device")
    device.add_argument("name")
    device.add_argument("--obey", type=int, default=1, metavar="N", help="start at the Nth message; 0: by itself after 20 s")
    device.add_argument("--lag", type=float, default=0.4)
    device.add_argument("program", nargs="+")
    arguments = parser.parse_args()
    (command if arguments.side == "cloud" else obey)(arguments)


def command(arguments):
    subprocess.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=cloud".split()
        + ["-keyout", "cloud.key", "-out", "cloud.crt"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("cloud.crt", "cloud.key")
    server = socket.create_server(("0.0.0.0", PORT))
    print("ready")
    connection = context.wrap_socket(server.accept()[0], server_side=True)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.recv(1024)
    time.sleep(arguments.after)
    for _ in range(arguments.messages):
        connection.sendall(b"\x5a" * LENGTH)
        time.sleep(arguments.every)
    connection.recv(1024)


def obey(arguments):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ECDHE+AESGCM")
    connection = context.wrap_socket(socket.create_connection((arguments.name, PORT)), server_hostname=arguments.name)
    connection.sendall(b"\x5a" * 64)
    print("ready")
    for _ in range(arguments.obey):
        connection.recv(1024)
    time.sleep(arguments.lag if arguments.obey else 20)
    result = subprocess.run(arguments.program, stdin=subprocess.DEVNULL)
    connection.close()
    raise SystemExit(result.returncode)


main()
