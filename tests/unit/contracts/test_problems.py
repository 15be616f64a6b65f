"""Errors as both APIs tell them."""

import json

import pytest

from contracts import problems
from contracts.refusals import REFUSALS, Reason


def test_a_problem_has_type_title_and_status():
    assert json.loads(problems.problem(404, problems.NOT_FOUND, "No such page.")) == {
        "type": "urn:seatlog:problem:not-found",
        "title": "No such page.",
        "status": 404,
    }


def test_a_problem_may_have_detail_and_fields():
    told = json.loads(problems.problem(503, problems.UNAVAILABLE, "Away.", "Kafka is away.", retry=1))
    assert (told["detail"], told["retry"]) == ("Kafka is away.", 1)


def test_an_invalid_request_names_its_fields():
    told = json.loads(problems.invalid(422, [("seats[0]", "must be a label"), ("quantity", "is too large")]))
    assert told["status"] == 422
    assert told["detail"] == "seats[0]: must be a label; quantity: is too large"
    assert told["errors"] == [
        {"field": "seats[0]", "message": "must be a label"},
        {"field": "quantity", "message": "is too large"},
    ]


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.NOT_YOUR_HOLD])
def test_a_refusal_is_told_by_its_reason(reason):
    status, body = problems.refusal_problem(reason)
    told = json.loads(body)
    assert status == REFUSALS[reason].status == told["status"]
    assert told["type"] == "urn:seatlog:problem:" + reason.value.replace("_", "-")
    assert told["title"] == REFUSALS[reason].sentence
    assert told["reason"] == reason.value


def test_a_refusal_tells_what_it_lost_to():
    conflicts = [{"seat": "A-1-1", "status": "held", "since_version": 7}]
    _, body = problems.refusal_problem(Reason.SEATS_TAKEN, conflicts=conflicts)
    assert json.loads(body)["conflicts"] == conflicts


def test_a_stranger_learns_nothing_of_anothers_hold():
    assert problems.refusal_problem(Reason.NOT_YOUR_HOLD) == problems.refusal_problem(Reason.UNKNOWN_HOLD)
