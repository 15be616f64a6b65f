"""Prefer (RFC 7240): what is understood, and that the rest is ignored."""

import pytest

from write_side.api.preferences import AT_ONCE, DEFAULT, preference


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (b"wait=5", 5.0),
        (b"WAIT = 5", 5.0),
        (b'wait="3"', 3.0),
        (b"return=minimal, wait=4; x=y", 4.0),
        (b"wait=10", 10.0),
        (b"wait=11", 10.0),
        (b"wait=99999999", 10.0),
        (b"respond-async, wait=1", 1.0),
        (b"wait=1, wait=9", 1.0),
    ],
)
def test_a_wait_is_taken_up_to_ten_seconds(header: bytes, seconds: float):
    assert preference(header).wait_seconds == seconds


@pytest.mark.parametrize("header", [b"respond-async", b"Respond-Async", b"return=minimal, respond-async; q=1"])
def test_respond_async_waits_for_the_place_only(header: bytes):
    assert preference(header) == AT_ONCE


@pytest.mark.parametrize(
    "header", [None, b"", b"wait", b"wait=", b"wait=-1", b"wait=1.5", b"wait=x", b"respond-asyncs", b"\xff", b",,;"]
)
def test_what_is_not_understood_is_ignored(header: bytes | None):
    assert preference(header) == DEFAULT


def test_what_was_applied_is_said():
    assert (preference(b"wait=60").applied, preference(None).applied) == (b"wait=10", b"")
