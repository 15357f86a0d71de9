#!/opt/lenscap-lab/bin/python
"""Verifies a webhook with PyPI's standardwebhooks: a JSON object with secret, headers and body (base64) on standard input."""
import base64
import json
import sys

from standardwebhooks import Webhook

request = json.load(sys.stdin)
document = Webhook(request["secret"]).verify(base64.b64decode(request["body"]), request["headers"])
print(json.dumps(document))
