"""Every attempt of attempts.py, made against real processes: refused, told in few words, and nothing has changed."""

import asyncio
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from contracts.limits import REQUEST_SECONDS
from contracts.problems import MEDIA_TYPE
from contracts.topics import EVENTS
from scenarios.history import dump_topics
from scenarios.stack.services import PROJECT
from tests.adapters.security import records
from tests.adapters.security.attempt import Attempt
from tests.adapters.security.attempts import ATTEMPTS, OBJECTS
from tests.adapters.security.records import RECORDS, ForeignRecord
from tests.adapters.security.stage import Stage, staged

ANSWER_BYTES_MOST = 4096
INNARDS = re.compile(r"Traceback|File \"|\.py\b|pymongo|aiokafka|uvicorn|msgspec|pydantic|site-packages", re.IGNORECASE)
SLOW_ONES = {
    "command-api": "POST /shows/x/holds HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\n"
    "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
    "query-api": "GET /shows HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nX-Slow: ",
}
"""What each is sent, with a token, before a byte a second that never end."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("security")) as stage:
        yield stage


@pytest.fixture(scope="module")
def slow(stage: Stage) -> "Iterator[dict[str, Future[tuple[bytes, float]]]]":
    """Slow clients, begun before the other attempts: what each was told, and after how many seconds."""
    with ThreadPoolExecutor(len(SLOW_ONES)) as threads:
        yield {
            side: threads.submit(drip, stage.stack.ports[side], begin.format(stage.bearer("ann")).encode())
            for side, begin in SLOW_ONES.items()
        }


def drip(port: int, begin: bytes) -> tuple[bytes, float]:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.sendall(begin)
        while time.monotonic() - began < 3 * REQUEST_SECONDS:
            try:
                return connection.recv(65536), time.monotonic() - began
            except TimeoutError:
                connection.sendall(b"x")
    return b"", time.monotonic() - began


def unlike(attempt: Attempt, answer: httpx.Response) -> list[str]:
    """What is wrong with an answer to an attempt, a phrase each."""
    text = answer.text
    found = [] if answer.status_code == attempt.answer else [f"{answer.status_code} instead of {attempt.answer}"]
    if attempt.says not in text:
        found.append(f"it does not say {attempt.says}")
    if len(answer.content) > ANSWER_BYTES_MOST:
        found.append("it is long")
    if INNARDS.search(text):
        found.append("it tells of our innards")
    if answer.headers["Content-Type"] != MEDIA_TYPE:
        found.append(f"it is {answer.headers['Content-Type']}")
    told = {name.lower() for name in answer.headers}
    found += [name for name in told if name in ("server", "x-powered-by") or name.startswith("access-control")]
    return found


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ({}, []),
        ({"status_code": 200}, ["200 instead of 404"]),
        ({"content": b"{}"}, ["it does not say unknown-hold"]),
        ({"content": b"unknown-hold" + b" " * ANSWER_BYTES_MOST}, ["it is long"]),
        ({"content": b'unknown-hold Traceback (most recent call last): File "x"'}, ["it tells of our innards"]),
        ({"headers": {"Content-Type": "text/html"}}, ["it is text/html"]),
        ({"headers": {"Content-Type": MEDIA_TYPE, "Server": "uvicorn"}}, ["server"]),
        (
            {"headers": {"Content-Type": MEDIA_TYPE, "Access-Control-Allow-Origin": "*"}},
            ["access-control-allow-origin"],
        ),
    ],
)
def test_an_answer_that_is_not_as_it_must_be_is_found(planted: dict[str, Any], found: list[str]):
    good = {"status_code": 404, "content": b"unknown-hold", "headers": {"Content-Type": MEDIA_TYPE}}
    assert unlike(OBJECTS[0], httpx.Response(**good | planted)) == found


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda each: f"{each.risk} {each.what}".replace(" ", "-"))
def test_it_is_refused(stage: Stage, slow: object, attempt: Attempt):
    answer = stage.make(attempt)
    assert unlike(attempt, answer) == [], answer.text[:500]


@pytest.mark.parametrize(
    "attempt", [each for each in ATTEMPTS if each.may], ids=lambda each: each.what.replace(" ", "-")
)
def test_who_may_can(stage: Stage, attempt: Attempt):
    assert stage.make(attempt, attempt.may).is_success
    assert unlike(attempt, stage.make(attempt, attempt.may)) != [], "that check catches who lets everybody do it"


def test_another_buyer_sees_nothing_of_it_in_what_all_may_see(stage: Stage):
    for path in ("/shows", "/shows/{show}", "/shows/{show}/seats", "/shows/{show}/seats?format=compact", "/bookings"):
        seen = stage.make(Attempt("API1", "look", f"GET {path}", 200))
        assert seen.status_code == 200
        for secret in ("ann", *(stage.facts[name] for name in ("hold", "booked", "booking"))):
            assert secret not in seen.text, (path, secret)


def test_a_long_wait_is_cut_to_ten_seconds(stage: Stage):
    wish = {"best_available": {"quantity": 1}}
    attempt = Attempt(
        "API4",
        "wait a year",
        "POST /shows/{show}/holds",
        201,
        by="carl",
        body=wish,
        headers={"Prefer": "wait=31536000"},
    )
    assert stage.make(attempt).headers["Preference-Applied"] == "wait=10"


def test_the_gateway_goes_only_where_it_was_told_to(stage: Stage):
    trap = stage.facts["trap"]
    with socket.create_connection(("127.0.0.1", stage.stack.ports["gateway"]), timeout=5) as connection:
        connection.sendall(f"GET {trap} HTTP/1.1\r\nHost: {trap.split('/')[2]}\r\nConnection: close\r\n\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("side", SLOW_ONES)
def test_a_slow_client_is_left_in_time(slow: "dict[str, Future[tuple[bytes, float]]]", side: str):
    told, seconds = slow[side].result()
    assert told.startswith(b"HTTP/1.1 408 ")
    assert REQUEST_SECONDS <= seconds + 1 < REQUEST_SECONDS + 6


def test_nobody_has_called_an_address_that_stood_in_an_attempt(stage: Stage):
    assert not stage.stepped_into_the_trap()
    with socket.create_connection(("127.0.0.1", int(stage.facts["trap"].split(":")[2].split("/")[0]))):
        assert stage.stepped_into_the_trap(), "that check catches who calls"


@pytest.fixture(scope="module")
def held(stage: Stage) -> bytes:
    """The event of Ann's hold, as it stands in the log."""
    _, events = asyncio.run(dump_topics(stage.stack.kafka))
    return next(one.stored() for one in events if b'"seats-held"' in one.stored() and b"A-1-2" in one.stored())


@pytest.mark.parametrize("record", RECORDS, ids=lambda each: each.what.replace(" ", "-"))
def test_a_record_of_a_stranger_changes_nothing_and_stops_nobody(stage: Stage, held: bytes, record: ForeignRecord):
    records.put(stage, record, held)
    wish = Attempt("API10", "go on", "POST /shows/{show}/holds", 201, by=f"buyer-{RECORDS.index(record)}")
    answer = stage.make(wish._replace(body={"best_available": {"quantity": 1}}, headers={"Prefer": "wait=10"}))
    assert answer.status_code == 201, answer.text


def test_ann_has_what_she_had_and_the_log_is_whole(stage: Stage):
    held = stage.make(OBJECTS[0], "ann").json()
    assert (held["status"], held["seats"]) == ("held", ["A-1-2"])
    assert stage.make(OBJECTS[1], "ann").json()["seats"] == ["A-1-1"]
    done = subprocess.run(
        [sys.executable, "-m", "read_side.replay", "verify", "--json"],
        cwd=PROJECT,
        env=stage.stack.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    told = json.loads(done.stdout)
    assert told["verified"], done.stdout
    assert sum(each["void"] for each in told["partitions"]) >= 2, "the forged events were there to be passed over"
    _, events = asyncio.run(dump_topics(stage.stack.kafka))
    answered = [one.stored() for one in events]
    for record in RECORDS:
        kind = record.becomes.encode()
        assert record.topic == EVENTS or any(b'"%s"' % kind in each for each in answered), record.what
