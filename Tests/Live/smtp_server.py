#!/usr/bin/python3
"""A mail server (aiosmtpd) for one test: smtp_server.py none|starttls|implicit CERTIFICATE KEY [USER PASSWORD]

It prints "PORT n" when it listens on 127.0.0.1, and a line of JSON for each mail that it took: from, to, tls, user, data in base64.
It refuses a recipient "full" with 452 and "gone" with 550, a sender "refused" with 550, a mail with the subject "spam" with 554 and with
"later" with 451; after one with "mute" it does not answer QUIT.
"""
import asyncio
import base64
import email
import email.policy
import json
import queue
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult

lines = queue.Queue()
mode, certificate, key = sys.argv[1:4]
account = sys.argv[4:6]


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "full":
            return "452 4.2.2 mailbox full"
        if name == "gone":
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "550 5.7.1 sender refused"
        envelope.mail_from = address
        return "250 OK"

    async def handle_QUIT(self, server, session, envelope):
        if getattr(session, "is_mute", False):
            await asyncio.sleep(3600)
        return "221 Bye"

    async def handle_DATA(self, server, session, envelope):
        subject = email.message_from_bytes(envelope.content, policy=email.policy.default)["subject"]
        if subject == "spam":
            return "554 5.7.1 refused"
        if subject == "later":
            return "451 4.3.0 try again"
        lines.put(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None or mode == "implicit",
            "user": session.authenticated, "data": base64.b64encode(envelope.content).decode(),
        }))
        session.is_mute = subject == "mute"
        return "250 OK"


def write_lines():
    """A reader may take its time; the server goes on meanwhile."""
    while True:
        print(lines.get(), flush=True)


def authenticate(server, session, envelope, mechanism, data):
    is_right = [data.login.decode(), data.password.decode()] == account
    return AuthResult(success=is_right, handled=is_right)


async def main():
    context = None
    if mode != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    options = {}
    if mode == "starttls":
        options.update(tls_context=context, require_starttls=True)
    if account:
        options.update(authenticator=authenticate, auth_required=True, auth_require_tls=mode == "starttls")
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Handler(), **options), "127.0.0.1", 0, ssl=context if mode == "implicit" else None)
    lines.put(f"PORT {server.sockets[0].getsockname()[1]}")
    threading.Thread(target=write_lines, daemon=True).start()
    await server.serve_forever()


asyncio.run(main())
