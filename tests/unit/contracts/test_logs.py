"""Logs of libraries: each thing they say is heard, but not a hundred times a second."""

import logging

import pytest

from contracts.operations.logs import QUIET_SECONDS, HeardLately


def record(text: str, *arguments: object, name: str = "aiokafka") -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "file.py", 1, text, arguments, None)


def test_the_same_again_is_dropped_for_a_while(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr("contracts.operations.logs.time.monotonic", lambda: now)
    heard = HeardLately()
    assert heard.filter(record("no %s", 1))
    assert not heard.filter(record("no %s", 2))
    assert heard.filter(record("yes %s", 2))
    assert heard.filter(record("no %s", 1, name="other"))
    now += QUIET_SECONDS
    assert heard.filter(record("no %s", 3))


def test_what_is_remembered_is_bounded():
    heard = HeardLately()
    assert all(heard.filter(record(f"text {number}")) for number in range(3000))
    assert len(heard._passed) <= 1000
