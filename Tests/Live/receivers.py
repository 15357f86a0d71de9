#!/usr/bin/python3
"""Receivers for check-delivery, which are killed and started again on the same port.

    receivers.py http PORT LOG SECRET [MOODS]     writes the id and body of each request that it answers with 2xx
    receivers.py smtp PORT LOG starttls|implicit CERTIFICATE KEY

A line of JSON for each message, written to the disk before it is answered. MOODS makes an HTTP server answer badly at times, and
stall once.
"""
import asyncio
import email
import email.policy
import http.server
import json
import os
import ssl
import sys
import time

kind, port, log = sys.argv[1], int(sys.argv[2]), os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def note(**message):
    os.write(log, (json.dumps(message) + "\n").encode())
    os.fsync(log)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    count = 0

    def log_message(self, *arguments):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Handler.count += 1
        moods = sys.argv[5].split(",") if len(sys.argv) > 5 else []
        if moods and Handler.count == 30:
            time.sleep(35)
            return self.close()
        mood = moods[Handler.count // 5 % len(moods)] if moods and Handler.count % 5 == 0 else "ok"
        if mood == "fail":
            return self.answer(500)
        if mood == "busy":
            return self.answer(429, ("Retry-After", "1"))
        if mood == "redirect":
            return self.answer(302, ("Location", f"http://127.0.0.1:{port}/elsewhere"))
        note(id=self.headers.get("webhook-id"), timestamp=self.headers.get("webhook-timestamp"),
             signature=self.headers.get("webhook-signature"), body=body.decode())
        if mood == "lie":
            # It has the message, and breaks off in its answer.
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort")
            return self.close()
        self.answer(204)

    def answer(self, status, *headers):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def close(self):
        self.close_connection = True


async def smtp():
    from aiosmtpd.smtp import SMTP

    class Mails:
        async def handle_DATA(self, server, session, envelope):
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            text = mail.get_body(("plain",)).get_content()
            note(id=mail["Message-ID"], subject=mail["Subject"], tls=session.ssl is not None or mode == "implicit", text=text)
            return "250 OK"

    mode, certificate, key = sys.argv[4:7]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    if mode == "implicit":
        server = await loop.create_server(lambda: SMTP(Mails()), "127.0.0.1", port, ssl=context)
    else:
        server = await loop.create_server(
            lambda: SMTP(Mails(), tls_context=context, require_starttls=True), "127.0.0.1", port)
    await server.serve_forever()


if kind == "http":
    http.server.ThreadingHTTPServer.allow_reuse_address = True
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
else:
    asyncio.run(smtp())
