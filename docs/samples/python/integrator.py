"""Asks for access, waits for the decision, and listens to webhooks meanwhile.

    pip install -r requirements.txt
    ESECURED_URL=https://esecure.example.com ESECURED_KEY=esk_… python integrator.py ACCOUNT EMAIL

A key for tests (esecured client add NAME --mode test) asks nobody: approve@test.invalid,
slow-approve+10s@test.invalid, reject@test.invalid, expire@test.invalid.
"""

import json
import os
import sys
import threading
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

URL = os.environ["ESECURED_URL"]
KEY = os.environ["ESECURED_KEY"]


def call(method, path, body=None, **headers):
    """One call; tried again where no answer came, which an Idempotency-Key makes safe."""
    request = urllib.request.Request(URL + path, method=method)
    request.add_header("Authorization", f"Bearer {KEY}")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    for attempt in range(3):
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:
                text = answer.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as refused:
            problem = json.loads(refused.read())
            sys.exit(f"{problem['status']} {problem['type']}: {problem['detail']}")
        except urllib.error.URLError:
            if attempt == 2:
                raise


class Listener(ThreadingHTTPServer):
    """Takes webhooks; whatever is not signed with our secret is refused."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.secret = None
        self.closed = threading.Event()
        self.seen = set()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            event = Webhook(self.server.secret).verify(body, dict(self.headers))
        except WebhookVerificationError:
            return self.answer(400)
        # Each event may come more than once; its id is the same then.
        if event["id"] not in self.server.seen:
            self.server.seen.add(event["id"])
            print("verified:", event["type"], flush=True)
            if event["data"].get("status") != "pending":
                self.server.closed.set()
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


def ask(account, email):
    """Asks once, however often it is sent, and waits until the request is decided or over."""
    order = str(uuid.uuid4())
    body = {"accountNumber": account, "email": email, "reference": order}
    request = call("POST", "/v1/access-requests", body, Idempotency_Key=order)
    while request["status"] == "pending":
        path = f"/v1/access-requests/{request['id']}"
        request = call("GET", path, Prefer="wait=30")
    return request


def pages(path):
    """Everything in a list, page by page."""
    cursor = ""
    while True:
        page = call("GET", f"{path}?limit=2{cursor}")
        yield from page["data"]
        if not page["data"] or "nextCursor" not in page:
            return
        cursor = f"&cursor={page['nextCursor']}"


def main(account, email):
    listener = Listener()
    # In the real world the listener stands behind https, at an address that is added once.
    hook = f"http://127.0.0.1:{listener.server_port}/esecure"
    endpoint = call("POST", "/v1/webhook-endpoints", {"url": hook}, Idempotency_Key=hook)
    listener.secret = endpoint["secret"]
    threading.Thread(target=listener.serve_forever, daemon=True).start()

    decided = ask(account, email)
    print(
        {
            "approved": "approved: ship",
            "rejected": "rejected: do not ship",
            "expired": "expired: nobody answered, do not ship",
            "cancelled": "cancelled: nobody asks any more",
        }[decided["status"]]
    )
    # Where a rule lets the address through there is no request, and no event about one.
    if "id" in decided and not listener.closed.wait(30):
        sys.exit("no webhook came")
    print("listed:", sum(1 for _ in pages("/v1/access-requests")))
    print("events:", *(event["type"] for event in pages("/v1/events")))
    call("DELETE", f"/v1/webhook-endpoints/{endpoint['id']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
