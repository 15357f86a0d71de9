"""Internet servers: HTTP on port 80, TLS on other ports, with a self-signed certificate for each name."""

import argparse
import json
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = b"<!doctype html><title>Hello</title><p>Nothing to see here.</p>\n"
pages = {"/generate_204": b""}


class Answer(BaseHTTPRequestHandler):
    server_version, sys_version = "nginx", ""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = pages.get(self.path, PAGE)
        self.send_response(200 if body else 204)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


class TLSServer(ThreadingHTTPServer):
    """The handshake runs in the connection's thread, or one slow client would hold up the others."""

    def __init__(self, address, context):
        self.context = context
        super().__init__(address, Answer)

    def finish_request(self, request, client_address):
        with self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=json.loads, required=True)
    parser.add_argument("--max-tls", choices=["1.2", "1.3"], default="1.3")
    parser.add_argument("--ports", type=int, nargs="+", default=[443])
    parser.add_argument("--page", help="HTML that is at /page")
    arguments = parser.parse_args()
    if arguments.page:
        pages["/page"] = arguments.page.encode()
    context = context_for(arguments.names, arguments.max_tls)
    servers = [ThreadingHTTPServer(("0.0.0.0", 80), Answer)]
    servers += [TLSServer(("0.0.0.0", port), context) for port in arguments.ports]
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready")
    servers[0].serve_forever()


def context_for(names, version):
    contexts = {name: context(name, version) for name in names}

    def choose(connection, name, _):
        connection.context = contexts.get(name, connection.context)

    first = contexts[names[0]]
    first.sni_callback = choose
    return first


def context(name, version):
    key, certificate = f"{name}.key", f"{name}.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.maximum_version = ssl.TLSVersion.TLSv1_2 if version == "1.2" else ssl.TLSVersion.TLSv1_3
    made.load_cert_chain(certificate, key)
    return made


main()
