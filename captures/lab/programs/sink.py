"""A server on the internet that takes what comes and answers nothing: TLS, plain TCP and UDP."""

import argparse
import socket
import ssl
import subprocess
import threading


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tls", type=int, nargs="*", default=[], metavar="PORT")
    parser.add_argument("--tcp", type=int, nargs="*", default=[], metavar="PORT")
    parser.add_argument("--udp", type=int, nargs="*", default=[], metavar="PORT")
    arguments = parser.parse_args()
    context = own_context() if arguments.tls else None
    for port in arguments.tls + arguments.tcp:
        server = socket.create_server(("0.0.0.0", port))
        threading.Thread(target=serve, args=(server, context if port in arguments.tls else None), daemon=True).start()
    for port in arguments.udp:
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagrams.bind(("0.0.0.0", port))
        threading.Thread(target=take, args=(datagrams,), daemon=True).start()
    print("ready")
    threading.Event().wait()


def own_context():
    subprocess.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=sink".split()
        + ["-keyout", "sink.key", "-out", "sink.crt"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("sink.crt", "sink.key")
    return context


def serve(server, context):
    while True:
        connection, _ = server.accept()
        threading.Thread(target=take, args=(connection, context), daemon=True).start()


def take(connection, context=None):
    try:
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        while connection.recv(65536):
            pass
        connection.close()
    except OSError:
        pass  # the client has gone


main()
