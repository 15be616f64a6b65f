"""Bodies of the hot requests: the commands they mean, and how a wrong one is told."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.commands import BookHold, HoldBestAvailable, HoldSeats
from tests.unit.command_api.saying import COMMAND, SHOW, told
from write_side.api.answers import Answer
from write_side.api.bodies import HoldBody, booking_command, hold_command, presale_digest
from write_side.api.incoming import Rejected


def hold(body: bytes) -> HoldSeats | HoldBestAvailable:
    return hold_command(body, "ann", SHOW)


def test_seats_become_hold_seats():
    assert hold(b'{"seats": ["A-1-1", "A-1-2"]}') == HoldSeats(buyer_id="ann", seats=("A-1-1", "A-1-2"))


def test_a_wish_becomes_hold_best_available():
    assert hold(b'{"best_available": {"quantity": 3, "section": "A", "together": false}}') == HoldBestAvailable(
        buyer_id="ann", quantity=3, section="A", together=False
    )


def test_a_presale_code_is_recorded_as_a_digest_of_its_show():
    command = hold(b'{"seats": ["A-1-1"], "presale_code": "secret"}')
    assert command.presale_code_digest == presale_digest(SHOW, "secret") != presale_digest("other", "secret")
    assert "secret" not in msgspec.json.encode(command).decode()


def test_a_booking_names_hold_payment_and_amount():
    body = b'{"hold_id": "%s", "payment_reference": "p", "amount": {"amount_minor": 9, "currency": "EUR"}}'
    assert booking_command(body % COMMAND.encode(), "ann") == BookHold(
        buyer_id="ann", hold_id=COMMAND, payment_reference="p", amount_minor=9, currency="EUR"
    )


WRONG_HOLDS = [
    (b"{}", "seats"),
    (b'{"seats": ["A"], "best_available": {"quantity": 1}}', "seats"),
    (b'{"seats": []}', "seats"),
    (b'{"seats": null}', "seats"),
    (b'{"seats": ["A", 1]}', "seats[1]"),
    (b'{"seats": [""]}', "seats[0]"),
    (b'{"seats": ["%s"]}' % (b"A" * 33), "seats[0]"),
    (b'{"seats": [%s]}' % b",".join([b'"A"'] * 21), "seats"),
    (b'{"seat": ["A"]}', "seat"),
    (b'{"best_available": {"quantity": 21}}', "best_available.quantity"),
    (b'{"best_available": {"quantity": 1, "near": "stage"}}', "best_available.near"),
    (b'{"best_available": {}}', "best_available.quantity"),
    (b'{"standing": {"area": "floor", "quantity": 2}}', "standing"),
    (b'{"seats": ["A"], "presale_code": ""}', "presale_code"),
    (b"[]", "body"),
    (b"[" * 100_000, "body"),
    (b'"' + b"x" * 100 + b'"', "body"),
]


def complaint(body: bytes) -> tuple[int, object] | None:
    """Status and field of what is said against a hold; None if nothing is."""
    try:
        hold(body)
    except Rejected as rejected:
        return rejected.answer.status, told(rejected.answer.body)["errors"][0]["field"]  # type: ignore[index]
    return None


@pytest.mark.parametrize(("body", "field"), WRONG_HOLDS)
def test_a_wrong_hold_is_422_and_names_the_field(body: bytes, field: str):
    assert complaint(body) == (422, field)


class AnyFields(HoldBody, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """The mutant: whatever it does not know it does not mind."""


class AnyNumberOfSeats(HoldBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mutant: a seat too many is none of its business."""

    seats: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET


@pytest.mark.parametrize("mutant", [AnyFields, AnyNumberOfSeats])
def test_that_check_catches_who_does_not_mind(mutant: type[HoldBody], monkeypatch: pytest.MonkeyPatch):
    assert [body for body, field in WRONG_HOLDS if complaint(body) != (422, field)] == []
    monkeypatch.setattr("write_side.api.bodies._hold_decoder", msgspec.json.Decoder(mutant))
    assert [body for body, field in WRONG_HOLDS if complaint(body) != (422, field)]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"hold_id": "1"}, "hold_id"),
        ({"hold_id": None}, "hold_id"),
        ({"payment_reference": "x" * 129}, "payment_reference"),
        ({"amount": {"amount_minor": 1.5, "currency": "EUR"}}, "amount.amount_minor"),
        ({"amount": {"amount_minor": 1, "currency": "eur"}}, "amount.currency"),
        ({"amount": {"amount_minor": 1}}, "amount.currency"),
        ({"paid": True}, "paid"),
    ],
)
def test_a_wrong_booking_is_422_and_names_the_field(wrong: dict[str, object], field: str):
    good = {"hold_id": COMMAND, "payment_reference": "p", "amount": {"amount_minor": 1, "currency": "EUR"}}
    with pytest.raises(Rejected) as rejected:
        booking_command(msgspec.json.encode(good | wrong), "ann")
    assert told(rejected.value.answer.body)["errors"][0]["field"] == field  # type: ignore[index]


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"seats": ["A"]', b'{"seats": ["\xff"]}', b'{"seats": ["\\ud800"]}', b'{"seats": ["A"]} x']
)
def test_what_is_no_json_is_400(body: bytes):
    with pytest.raises(Rejected) as rejected:
        hold(body)
    assert rejected.value.answer.status == 400


@pytest.mark.parametrize("opening", [b'{"standing": ', b'{"standing": [', b'{"seats": ['])
def test_deep_nesting_is_refused_and_not_followed(opening: bytes):
    for deep in (b"[" * 200_000, b'{"a":' * 200_000):
        with pytest.raises(Rejected) as rejected:
            hold(opening + deep)
        assert rejected.value.answer.status in (400, 422)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["seats", "best_available", "quantity", "section", "presale_code", "standing", "x"]), inner
        )
    ),
    max_leaves=12,
)


def command_or_answer(body: bytes) -> HoldSeats | HoldBestAvailable | Answer:
    try:
        return hold(body)
    except Rejected as rejected:
        return rejected.answer


@given(json_values)
def test_any_json_is_a_command_or_a_problem_with_a_field(value: object):
    outcome = command_or_answer(msgspec.json.encode(value))
    if isinstance(outcome, Answer):
        assert outcome.status == 422
        assert told(outcome.body)["errors"]
    else:
        assert outcome.buyer_id == "ann"


@given(st.binary(max_size=200))
def test_any_bytes_are_a_command_or_a_problem(body: bytes):
    outcome = command_or_answer(body)
    assert not isinstance(outcome, Answer) or outcome.status in (400, 422)
