"""What somebody might try, by the OWASP API Security Top 10: one row an attempt, and the answer that it must get.

Ann has a hold and a booking at {show}; the others want what is hers, or what is nobody's. test_attempts.py makes every
attempt against real processes, told.py writes the table into docs/security.md.
"""

from typing import Any, Final

from contracts.limits import BUYER_REQUEST_BYTES, PLAN_REQUEST_BYTES, REQUEST_HEAD_BYTES
from tests.adapters.security.attempt import Attempt, ask, book, hold, schedule

SEAT: Final[dict[str, Any]] = {"seats": ["A-2-1"]}
PAID: Final = {"amount_minor": 4500, "currency": "EUR"}
HERS: Final[dict[str, Any]] = {"hold_id": "{hold}", "payment_reference": "p", "amount": PAID}
FIVE_SEATS: Final = {"seats": [f"A-3-{number}" for number in range(1, 6)]}
MANY_SEATS: Final = {"seats": [f"A-2-{number}" for number in range(1, 22)]}
HUGE_ROWS: Final = [{"name": str(number), "seats": 50_000, "category": "gold"} for number in range(3)]
LONG: Final = "x" * REQUEST_HEAD_BYTES
FOREIGN: Final = {"Origin": "http://example.org", "Access-Control-Request-Method": "POST"}
MAY_NAME_A_SERVER: Final = ("Referer", "Origin", "Forwarded", "X_Forwarded_Host", "X_Original_URL", "Callback_Url")

OBJECTS: Final = (
    ask("API1", "read another's hold", "/shows/{show}/holds/{hold}", 404, "unknown-hold")._replace(may="ann"),
    ask("API1", "read another's booking", "/bookings/{booking}", 404, "unknown-booking")._replace(may="ann"),
    ask("API1", "read another's receipt", "/bookings/{booking}/receipt", 404, "unknown-booking")._replace(may="ann"),
    ask("API1", "read what became of another's command", "{outcome}", 404, "unknown-command")._replace(may="ann"),
    ask("API1", "find one's hold at another show", "/shows/{sealed}/holds/{hold}", 404, "unknown-hold", "ann"),
    ask("API1", "guess a booking", "/bookings/00000000-0000-7000-8000-000000000000", 404, "unknown-booking"),
    Attempt("API1", "give another's hold back", "DELETE /shows/{show}/holds/{hold}", 404, "unknown_hold"),
    book("API1", "book another's hold", 404, "unknown_hold", HERS),
)
FORGERIES: Final = {
    "nobody": "without a token",
    "basic": "with a name and a password",
    "nonsense": "with a token that is none",
    "expired": "with an expired token",
    "foreign": "with a token signed by another secret",
    "unsigned": "with `alg: none`",
    "other-algorithm": "with HS512 and the true secret",
    "confused": "with `alg: RS256` over an HMAC",
    "key-by-file": "with a `kid` that names a file, signed by what that file holds",
    "eternal": "with a token that never expires",
    "other-issuer": "with a token of another issuer",
    "king": "with a role that there is not",
    "too-long": "as a caller of 10,000 characters",
    "cut": "with a token that lacks its last character",
}
TOKENS: Final = (
    *(book("API2", f"book {what}", 401, "unauthenticated", HERS, way) for way, what in FORGERIES.items()),
    *(ask("API2", f"read {what}", "/bookings", 401, "unauthenticated", way) for way, what in FORGERIES.items()),
    ask("API2", "read with a true token in the address", "/bookings?access_token={token}", 401, by="nobody"),
    ask("API2", "read with a true token in a cookie", "/bookings", 401, by="nobody", Cookie="token={token}"),
)
PROPERTIES: Final = (
    hold("API3", "hold for somebody else", 422, "buyer_id", SEAT | {"buyer_id": "ann"}),
    hold("API3", "set the price of a hold", 422, "prices_minor", SEAT | {"prices_minor": [1]}),
    hold("API3", "set how long a hold lasts", 422, "hold_seconds", SEAT | {"hold_seconds": 10**6}),
    hold("API3", "set the version", 422, "version", SEAT | {"version": 1}),
    hold("API3", "send a command of the log", 422, "type", {"type": "expire-hold", "hold_id": "{hold}"}),
    book("API3", "pay less", 422, "wrong_amount", HERS | {"amount": PAID | {"amount_minor": 1}}, "ann"),
    book("API3", "pay in cheap money", 422, "wrong_amount", HERS | {"amount": PAID | {"currency": "HUF"}}, "ann"),
    book("API3", "book as paid already", 422, "paid", HERS | {"paid": True}, "ann"),
    schedule("API3", "schedule for another organiser", 422, "organiser_id", organiser_id="rival"),
    schedule("API3", "schedule with seats sold already", 422, "sold", sold=["A-1-1"]),
)
RESOURCES: Final = (
    hold("API4", "a body over its limit", 413, "too-large", b" " * (BUYER_REQUEST_BYTES + 1)),
    schedule("API4", "a plan over its limit", 413, "too-large")._replace(
        body=b" " * (PLAN_REQUEST_BYTES + 1), show=None
    ),
    hold("API4", "deep JSON", 422, "", b"[" * BUYER_REQUEST_BYTES),
    schedule("API4", "deep JSON in a plan", 400, "")._replace(body=b'{"plan":' + b"[" * 10**6, show=None),
    hold("API4", "another media type", 415, "", b"<seats/>", Content_Type="text/xml"),
    hold("API4", "headers over their limit", 431, "too-large", SEAT, X_Long=LONG),
    ask("API4", "headers of a question over their limit", "/shows", 431, "too-large", X_Long=LONG),
    ask("API4", "an address over its limit", f"/shows?cursor={LONG}", 431, "too-large"),
    hold("API4", "more seats than a hold may have", 422, "seats", MANY_SEATS),
    hold("API4", "a billion of the best seats", 422, "quantity", {"best_available": {"quantity": 10**9}}),
    schedule("API4", "150,000 seats", 422, "", plan={"sections": [{"name": "A", "rows": HUGE_ROWS}]}),
    ask("API4", "all shows on one page", "/shows?limit=1000000", 422, "limit"),
    hold("API4", "a key of 1,000 characters", 400, "Idempotency-Key", SEAT, Idempotency_Key="k" * 1000),
    ask(
        "API4", "a version that does not come", "/shows/{show}", 503, "not-yet", If_Match_Version="99", Prefer="wait=1"
    ),
)
FUNCTIONS: Final = (
    schedule("API5", "schedule a show as a buyer", 403, "wrong_role", "bob", may="organiser"),
    schedule("API5", "schedule a show as the auditor", 403, "wrong_role", "auditor"),
    hold("API5", "hold as an organiser", 403, "wrong_role", SEAT, "organiser"),
    book("API5", "book at the door", 403, "wrong_role", HERS, "door"),
    Attempt("API5", "release as an organiser", "DELETE /shows/{show}/holds/{hold}", 403, "wrong_role", "organiser"),
    ask("API5", "read a booking as an organiser", "/bookings/{booking}", 403, "wrong_role", "organiser"),
    ask("API5", "list bookings as the auditor", "/bookings", 403, "wrong_role", "auditor")._replace(may="ann"),
    Attempt("API5", "change a show", "PUT /shows/{show}", 404, "", "organiser", {}),
    Attempt("API5", "delete a show", "DELETE /shows/{show}", 404, "", "organiser"),
    hold("API5", "another method by a header", 422, "seats", {}, X_HTTP_Method_Override="DELETE"),
)
FLOWS: Final = (
    hold("API6", "more seats than one buyer may have", 409, "buyer_limit", FIVE_SEATS),
    hold("API6", "a seat that is taken", 409, "seats_taken", {"seats": ["A-1-1"]}),
    hold("API6", "one seat twice", 422, "duplicate_seats", {"seats": ["A-3-1", "A-3-1"]}),
    hold("API6", "a used key for something else", 422, "command-id-reused", SEAT, "ann", Idempotency_Key="hold"),
    Attempt("API6", "before the sale opens", "POST /shows/{sealed}/holds", 409, "sale_not_open", body=SEAT),
    book("API6", "book one hold twice", 409, "already_booked", HERS | {"hold_id": "{booked}"}, "ann"),
    schedule("API6", "take over the name of a show", 409, "already_scheduled", "rival", id="{show}"),
)
ADDRESSES: Final = (
    book("API7", "an address as a payment", 404, "unknown_hold", HERS | {"payment_reference": "{trap}"}),
    hold("API7", "an address as a seat", 422, "unknown_seats", {"seats": ["{trap}"]}),
    hold("API7", "an address to call back", 422, "callback", SEAT | {"callback": "{trap}"}),
    Attempt("API7", "an address as a show", "POST /shows/http:%2F%2F127.0.0.1/holds", 404, "", body=SEAT),
    ask(
        "API7",
        "an address in headers",
        "/bookings/none",
        404,
        "unknown-booking",
        **dict.fromkeys(MAY_NAME_A_SERVER, "{trap}"),
    ),
)
CONFIGURATION: Final = (
    Attempt("API8", "ask leave for a foreign page to read", "OPTIONS /bookings", 405, headers=FOREIGN),
    Attempt(
        "API8", "ask leave for a foreign page to book", "OPTIONS /shows/{show}/bookings", 405, headers=FOREIGN
    )._replace(at_commands=True),
    Attempt("API8", "have a question echoed", "TRACE /shows", 405),
    Attempt("API8", "have a command echoed", "TRACE /shows/{show}/holds", 405, at_commands=True),
    ask("API8", "read a file", "/shows/..%2f..%2f..%2fetc%2fpasswd", 404),
    ask("API8", "ask the database its own questions", '/bookings/{{"$gt":""}}', 404, by="ann"),
    hold("API8", "break the parser", 400, "", b'{"seats": ["\xff'),
)
UNTOLD: Final = ("/v1/shows", "/admin", "/debug", "/internal", "/.env")
INVENTORY: Final = (
    *(ask("API9", f"look for `{path}`", path, 404, "not-found") for path in UNTOLD),
    *(ask("API9", f"look for `{path}` at the command API", path, 404)._replace(at_commands=True) for path in UNTOLD),
)
ATTEMPTS: Final = (
    *(*OBJECTS, *TOKENS, *PROPERTIES, *RESOURCES, *FUNCTIONS, *FLOWS, *ADDRESSES),
    *(*CONFIGURATION, *INVENTORY),
)
