"""What a box does to join a chain: a key, a request, a code."""
import json
import os
import re
import ssl
import subprocess
import urllib.error
import urllib.parse
import urllib.request


class Member:
    """A gateway that was enrolled: its names, and the files of its certificate."""

    def __init__(self, folder, answer):
        self.folder = folder
        self.gateway, self.tenant, self.site = answer["gateway"], answer["tenant"], answer["site"]
        self.broker, self.central = answer["broker"], answer["central"]
        self.key, self.certificate, self.ca = (os.path.join(folder, name) for name in ("key.pem", "certificate.pem", "ca.pem"))
        for path, text in ((self.certificate, answer["certificate"]), (self.ca, answer["ca"])):
            with open(path, "w") as file:
                file.write(text)

    @property
    def names(self):
        return self.gateway, self.tenant, self.site

    def context(self):
        """For a connection to the broker."""
        context = ssl.create_default_context(cafile=self.ca)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_request(folder):
    """A key and a certificate request; the request in PEM."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=box",
                    "-keyout", folder + "/key.pem", "-out", folder + "/request.pem"], check=True, stderr=subprocess.DEVNULL)
    with open(folder + "/request.pem") as file:
        return file.read()


def post(url, ca, body, certificate=None, key=None):
    """The status and the answer of a POST of JSON."""
    context = ssl.create_default_context(cafile=ca)
    if certificate:
        context.load_cert_chain(certificate, key)
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, context=context, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def get(url, ca, token):
    """The status and the answer of a GET with a token."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=ca), timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def page(url, ca, token):
    """The status and the text of a page."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=ca), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Person:
    """Somebody with a browser: follows an invitation, opens pages, sends forms."""

    def __init__(self, url, ca):
        jar = urllib.request.HTTPCookieProcessor()
        self.url, self.page = url, ""
        self.browser = urllib.request.build_opener(
            jar, urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca)))

    def open(self, path, form=None):
        """The status; the text is in `page`."""
        if form is not None:
            csrf = re.search(r'name="csrf" value="([^"]+)"', self.page)
            form = urllib.parse.urlencode({"csrf": csrf[1] if csrf else "", **form}).encode()
        try:
            with self.browser.open(self.url + path, form, timeout=20) as answer:
                self.page = answer.read().decode()
                return answer.status
        except urllib.error.HTTPError as error:
            self.page = error.read().decode()
            return error.code


def enrol(url, ca, code, folder):
    status, answer = post(url + "/gateway/1/enrol", ca, {"code": code, "request": make_request(folder)})
    if status != 200:
        raise SystemExit(f"not enrolled: {status} {answer}")
    return Member(folder, answer)
