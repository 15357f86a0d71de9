#!/usr/bin/python3
"""Prints what Python's email package reads in a mail on standard input, as JSON: headers, parts, defects."""
import email
import email.policy
import json
import sys

message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts = [part for part in message.walk() if not part.is_multipart()]
print(json.dumps({
    "headers": [[name, str(value)] for name, value in message.items()],
    "parts": [{"type": part.get_content_type(), "text": part.get_content()} for part in parts],
    "defects": [str(defect) for part in message.walk() for defect in part.defects],
    "addresses": {name: [address.addr_spec for address in message[name].addresses] for name in ("from", "to")},
}))
