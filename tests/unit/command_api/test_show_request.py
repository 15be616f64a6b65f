"""The body of `POST /shows`: the command it means, and how a wrong one is told."""

import copy
import json
from typing import Any

import pytest
from pydantic import ConfigDict

from contracts.commands import Presale, SalePolicy, SaleWindow
from contracts.seat_plans import Row
from tests.unit.command_api.saying import SHOW, told
from write_side.api.bodies import presale_digest
from write_side.api.incoming import Rejected
from write_side.api.show_request import PROBLEMS_TOLD, ShowRequest, show_request

GOOD: dict[str, Any] = {
    "id": SHOW,
    "title": "Hamlet",
    "venue": "The Globe",
    "starts_at": "2026-12-01T19:30:00Z",
    "sale": {"opens_at": "2026-11-01T10:00:00Z", "closes_at": "2026-12-01T20:30:00+01:00"},
    "plan": {"sections": [{"name": "A", "rows": [{"name": "1", "seats": 5, "category": "gold"}]}]},
    "prices": {"gold": 4500},
    "currency": "EUR",
}
ROW = GOOD["plan"]["sections"][0]["rows"][0]
ROWS = "plan.sections[0].rows[0]"


def asked(**changes: Any) -> bytes:
    return json.dumps(copy.deepcopy(GOOD) | changes).encode()


def fields(body: bytes) -> list[str]:
    """The fields that are refused with 422; none of a request that is taken."""
    try:
        show_request(body)
    except Rejected as rejected:
        said = told(rejected.answer.body)
        return [error["field"] for error in said["errors"]] if said["status"] == 422 else []  # type: ignore[attr-defined]
    return []


def test_a_good_request_is_the_command():
    command = show_request(asked()).command("org", SHOW)
    assert (command.organiser_id, command.starts_at) == ("org", 1_796_153_400_000)
    assert command.sale == SaleWindow(opens_at=1_793_527_200_000, closes_at=1_796_153_400_000)
    assert command.plan.sections[0].rows == (Row(name="1", seats=5, category="gold"),)
    assert (command.prices, command.currency, command.policy) == ({"gold": 4500}, "EUR", SalePolicy())


def test_presale_and_policy_come_along():
    policy = {"hold_seconds": 60, "seats_per_hold": 4, "seats_per_buyer": 8, "leave_no_single_seat": True}
    presale = {"opens_at": "2026-10-01T10:00:00Z", "code": "friends"}
    command = show_request(asked(policy=policy, presale=presale)).command("org", SHOW)
    assert command.policy == SalePolicy(**policy)
    assert command.presale == Presale(opens_at=1_790_848_800_000, code_digest=presale_digest(SHOW, "friends"))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"id": "Not A Slug"}, "id"),
    ({"id": "x" * 65}, "id"),
    ({"id": "hamlet\n"}, "id"),
    ({"title": ""}, "title"),
    ({"title": "x" * 201}, "title"),
    ({"venue": None}, "venue"),
    ({"starts_at": 1_796_153_400}, "starts_at"),
    ({"starts_at": "2026-12-01T19:30:00"}, "starts_at"),
    ({"starts_at": "1969-12-31T23:59:59.999Z"}, "starts_at"),
    ({"starts_at": "9999-12-31T23:59:59-01:00"}, "starts_at"),
    ({"sale": GOOD["sale"] | {"opens_at": "0001-01-01T00:00:00+01:00"}}, "sale.opens_at"),
    ({"plan": {"sections": [{"name": "A", "rows": [ROW | {"accessible": [2**70]}]}]}}, ROWS + ".accessible[0]"),
    ({"sale": {"opens_at": "2026-11-01T10:00:00Z"}}, "sale.closes_at"),
    ({"prices": {}}, "prices"),
    ({"prices": {"gold": -1}}, "prices.gold"),
    ({"prices": {"gold": "4500"}}, "prices.gold"),
    ({"currency": "euro"}, "currency"),
    ({"plan": {"sections": []}}, "plan.sections"),
    ({"plan": {"sections": [{"name": "A", "rows": []}]}}, "plan.sections[0].rows"),
    ({"plan": {"sections": [{"name": "A", "rows": [ROW | {"seats": 0}]}]}}, "plan.sections[0].rows[0].seats"),
    ({"plan": {"sections": [{"name": "A", "rows": [ROW | {"row": 1}]}]}}, "plan.sections[0].rows[0].row"),
    ({"plan": {"sections": [{"name": "A" * 33, "rows": [ROW]}]}}, "plan.sections[0].name"),
    ({"policy": {"hold_seconds": 29}}, "policy.hold_seconds"),
    ({"policy": {"hold_seconds": 7201}}, "policy.hold_seconds"),
    ({"policy": {"seats_per_hold": 21}}, "policy.seats_per_hold"),
    ({"policy": {"leave_no_single_seat": 1}}, "policy.leave_no_single_seat"),
    ({"presale": {"opens_at": "2026-10-01T10:00:00Z"}}, "presale.code"),
    ({"price": 1}, "price"),
]


@pytest.mark.parametrize(("changes", "field"), WRONG)
def test_a_wrong_field_is_named(changes: dict[str, Any], field: str):
    assert fields(asked(**changes)) == [field]


@pytest.mark.parametrize("lax", [ConfigDict(extra="ignore"), ConfigDict(strict=False)], ids=repr)
def test_that_check_catches_who_is_lax(lax: ConfigDict, monkeypatch: pytest.MonkeyPatch):
    class Lax(ShowRequest):
        model_config = ShowRequest.model_config | lax

    monkeypatch.setattr("write_side.api.show_request.ShowRequest", Lax)
    assert [field for changes, field in WRONG if fields(asked(**changes)) != [field]]


def test_all_wrong_fields_are_named_up_to_a_bound():
    rows = [ROW | {"seats": -1} for _ in range(100)]
    assert len(fields(asked(plan={"sections": [{"name": "A", "rows": rows}]}))) == PROBLEMS_TOLD


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 1_000_000, b'{"a":' * 1_000_000])
def test_what_is_no_json_is_400(body: bytes):
    with pytest.raises(Rejected) as rejected:
        show_request(body)
    assert rejected.value.answer.status == 400
    assert len(rejected.value.answer.body) < 500
