#!/usr/bin/env bash
# Asks for access with curl alone, and checks a webhook with openssl.
#
#   ESECURED_URL=https://esecure.example.com ESECURED_KEY=esk_… docs/samples/curl.sh ask ACCOUNT EMAIL
#   ESECURED_SECRET=whsec_… docs/samples/curl.sh verify ID TIMESTAMP SIGNATURES < BODY
#
# A key for tests (esecured client add NAME --mode test) asks nobody:
# approve@test.invalid, slow-approve+10s@test.invalid, reject@test.invalid, expire@test.invalid.
set -euo pipefail

call() {
    curl --silent --show-error --fail-with-body --header "Authorization: Bearer $ESECURED_KEY" "$@"
}

# The first member of this name in what comes in. A program of yours has a JSON library.
member() {
    grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4
}

ask() {
    local account=$1 email=$2 key request id status events
    # One key for one thing that should happen. Whoever hears no answer sends all of it again.
    key="order-$(date +%s)-$RANDOM"
    request=$(call --retry 3 "$ESECURED_URL/v1/access-requests" \
        --header "Content-Type: application/json" --header "Idempotency-Key: $key" \
        --data "{\"accountNumber\": \"$account\", \"email\": \"$email\", \"reference\": \"$key\"}")
    id=$(member id <<<"$request" || true)
    status=$(member status <<<"$request")
    # Where a rule lets the address through there is no request to wait for.
    while [ "$status" = pending ]; do
        request=$(call --header "Prefer: wait=30" "$ESECURED_URL/v1/access-requests/$id")
        status=$(member status <<<"$request")
    done
    case "$status" in
        approved) echo "approved: ship" ;;
        rejected) echo "rejected: do not ship" ;;
        expired) echo "expired: nobody answered, do not ship" ;;
        cancelled) echo "cancelled: nobody asks any more" ;;
    esac

    echo "listed: $(call "$ESECURED_URL/v1/access-requests?limit=200" | grep -o '"number"' | wc -l)"
    # The first page of the feed; keep nextCursor, and go on there next time.
    events=$(call "$ESECURED_URL/v1/events")
    echo "events: $(grep -o '"type":"[^"]*"' <<<"$events" | cut -d '"' -f 4 | xargs)"
}

# Standard Webhooks: HMAC-SHA-256 over "ID.TIMESTAMP.BODY", base64. While a secret is being changed
# there are two signatures; one that fits is enough.
verify() {
    local id=$1 timestamp=$2 signatures=$3 key expected age signature
    age=$(($(date +%s) - timestamp))
    if [ "${age#-}" -gt 300 ]; then
        echo "refused: too old"
        return 1
    fi
    key=$(printf '%s' "${ESECURED_SECRET#whsec_}" | base64 --decode | od -An -v -tx1 | tr -d ' \n')
    expected="v1,$({ printf '%s.%s.' "$id" "$timestamp"; cat; } |
        openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64 --wrap=0)"
    for signature in $signatures; do
        if [ "$signature" = "$expected" ]; then
            echo "verified"
            return 0
        fi
    done
    echo "refused: no signature fits"
    return 1
}

"$@"
