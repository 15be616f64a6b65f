"""Judges of a sale's log that know the protocol and share no code with the domain: they read JSON and count."""

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

DAY_MS = 24 * 3600 * 1000


class House:
    """Who has which seat of one show, as its events tell."""

    def __init__(self) -> None:
        self.labels: set[str] = set()
        self.currency = ""
        self.holds: dict[str, dict[str, Any]] = {}
        self.owner: dict[str, str] = {}
        self.booked: set[str] = set()

    def take_in(self, event: dict[str, Any]) -> None:
        """Judge one event and believe it. Raises AssertionError."""
        kind, data, time = event["type"], event["data"], event["time"]
        if kind == "show-scheduled":
            self.labels = set(_labels(data["plan"]))
            self.currency = data["currency"]
        elif kind == "seats-held":
            for lapsed in data.get("lapsed_holds", ()):
                assert self.holds[lapsed["hold_id"]]["expires_at"] <= time, "a hold was taken before its time was over"
                self._end(lapsed)
            self._hold(data)
        elif kind in ("seats-released", "hold-expired"):
            over = self.holds[data["hold_id"]]["expires_at"] <= time
            assert over == (kind == "hold-expired"), "a hold ended by the wrong means"
            self._end(data)
        elif kind == "seats-booked":
            assert time < self.holds[data["hold_id"]]["expires_at"], "a lapsed hold was booked"
            assert data["amount_minor"] == sum(self.holds[data["hold_id"]]["prices_minor"])
            assert data["currency"] == self.holds[data["hold_id"]]["currency"] == self.currency
            self._end(data)
            self.booked.update(data["seats"])
            self.owner |= dict.fromkeys(data["seats"], data["booking_id"])
        elif kind == "hold-refused" and data["reason"] == "seats_taken":
            self._judge_refusal(data, time)

    def _hold(self, data: dict[str, Any]) -> None:
        for seat in data["seats"]:
            assert seat in self.labels, "the house has no such seat"
            assert seat not in self.owner, "a seat has two holders"
            self.owner[seat] = data["hold_id"]
        assert len(data["prices_minor"]) == len(data["seats"])
        self.holds[data["hold_id"]] = data

    def _end(self, data: dict[str, Any]) -> None:
        hold = self.holds.pop(data["hold_id"])
        assert (hold["buyer_id"], hold["seats"]) == (data["buyer_id"], data["seats"]), "another hold than was made"
        for seat in hold["seats"]:
            del self.owner[seat]

    def _judge_refusal(self, data: dict[str, Any], time: int) -> None:
        assert data["conflicts"], "refused for seats, none of which was taken"
        for conflict in data["conflicts"]:
            seat = conflict["seat"]
            hold = self.holds.get(self.owner[seat])
            assert (conflict["status"] == "booked") == (seat in self.booked)
            assert hold is None or hold["expires_at"] > time, "refused for a seat whose hold had lapsed"

    def counts(self) -> tuple[int, int, int]:
        """Seats free, held and booked; held includes what has lapsed unrecorded."""
        held = len(self.owner) - len(self.booked)
        return len(self.labels) - len(self.owner), held, len(self.booked)


def _labels(plan: dict[str, Any]) -> Iterable[str]:
    for section in plan["sections"]:
        for row in section["rows"]:
            for number in range(row.get("first", 1), row.get("first", 1) + row["seats"]):
                yield f"{section['name']}-{row['name']}-{number}"


def judge_chain(log: Sequence[bytes]) -> None:
    """Versions without gaps, each event linked to the one before, time never backwards. Raises AssertionError."""
    heads: dict[str, tuple[int, str, int]] = {}
    for value in log[1:]:
        event = json.loads(value)
        version, head, time = heads.get(event["show_id"], (0, "", 0))
        assert event["version"] == version + 1, "a gap in the versions"
        assert event["prev"] == head, "the chain is broken"
        assert event["time"] >= time, "time ran backwards"
        heads[event["show_id"]] = (event["version"], sha256(value).hexdigest(), event["time"])


def judge_sources(log: Sequence[bytes], counts: Sequence[int]) -> None:
    """Each command has one event, in the order of the commands; `counts`: commands of each record, 1 for junk."""
    sources = [tuple(json.loads(value)["source"]) for value in log[1:]]
    assert sources == [(offset, index, count) for offset, count in enumerate(counts) for index in range(count)]


def judge_identity(log: Sequence[bytes], types: Sequence[str | None]) -> None:
    """The same command again is told so, with the event that answered it first; anything else is not.

    `types` has each command's wire name, None for what is unreadable. Raises AssertionError.
    """
    facts: dict[str, dict[str, dict[str, Any]]] = {}
    refusals: dict[str, dict[str, dict[str, Any]]] = {}
    for offset, (value, command) in enumerate(zip(log[1:], types, strict=True), 1):
        event = json.loads(value) | {"offset": offset}
        kind, key, show = event["type"], event["command_id"], event["show_id"]
        if command in (None, "expire-hold") or event["data"].get("reason") == "show_over":
            assert kind not in ("command-repeated", "command-id-reused")
            continue
        known = (refusals.get("~0", {}), facts.get(show, {}), refusals.get(show, {}))
        first = next((known[key] for known in known if key in known and _remembered(known[key], event["time"])), None)
        if first is None:
            assert kind not in ("command-repeated", "command-id-reused"), "called a repeat, but it is new"
            memory = refusals if kind.endswith("-refused") else facts
            memory.setdefault(show, {})[key] = event
        else:
            same = first["digest"] == event["digest"]
            assert kind == ("command-repeated" if same else "command-id-reused"), "a repeat was decided again"
            assert event["data"] == {"version": first["version"], "offset": first["offset"]}


def _remembered(answer: dict[str, Any], time: int) -> bool:
    return not answer["type"].endswith("-refused") or time < answer["time"] + DAY_MS
