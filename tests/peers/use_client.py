"""Asks for access with the client that openapi-python-client made, and waits for the decision.

use_client.py WHERE_THE_CLIENT_IS BASE_URL API_KEY ACCOUNT_NUMBER EMAIL
Says `asked` when somebody can decide, then what became of it.
"""

import sys

where, base_url, key, account_number, email = sys.argv[1:]
sys.path.insert(0, where)

from esecure_client import AuthenticatedClient
from esecure_client.api.access_requests import create_access_request, get_access_request
from esecure_client.api.events import list_events
from esecure_client.models import AccessRequest, NewAccessRequest, Problem

client = AuthenticatedClient(base_url=base_url, token=key, raise_on_unexpected_status=True)

refused = create_access_request.sync(
    client=client, body=NewAccessRequest(account_number="123", email=email)
)
assert isinstance(refused, Problem), refused
assert refused.errors[0].pointer == "/accountNumber", refused

asked = create_access_request.sync(
    client=client,
    body=NewAccessRequest(account_number=account_number, email=email, name="Joris Jansen"),
    idempotency_key="order-8841",
)
assert isinstance(asked, AccessRequest), asked
assert asked.status == "pending", asked
print("asked", flush=True)

decided = get_access_request.sync(asked.id, client=client, prefer="wait=30")
assert isinstance(decided, AccessRequest), decided
print(decided.status.value, decided.decision.door, flush=True)

sys.stdin.readline()
told = list_events.sync(client=client)
print(*(event.type_ for event in told.data))
