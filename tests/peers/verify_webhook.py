"""Verifies a webhook with the library of Standard Webhooks. Reads {secret, body, headers} as JSON from stdin and
prints "verified", or "refused: " and why."""

import json
import sys

from standardwebhooks.webhooks import Webhook

call = json.loads(sys.stdin.buffer.read())
try:
    event = Webhook(call["secret"]).verify(call["body"], call["headers"])
    if event != json.loads(call["body"]):
        raise ValueError("another body")
    print("verified")
except Exception as error:
    print(f"refused: {error}")
