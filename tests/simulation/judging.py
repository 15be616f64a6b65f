"""Every checker over what a run has left."""

from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from scenarios.checkers.answers import check_answers, check_receipts
from scenarios.checkers.expiries import check_expiries
from scenarios.checkers.findings import Finding
from scenarios.checkers.ordering import check_order
from scenarios.checkers.recorded import read_log
from scenarios.history import Request
from scenarios.oracle.judge import judge_log
from tests.simulation.chaos import Strike
from tests.simulation.documents_judged import judge_documents
from tests.simulation.mongo_in_memory import MongoInMemory
from tests.simulation.topics import Topics

EARLY_MS_MOST: Final = 20_000
"""More than the broker's clock ever goes back in a run."""


class Left(NamedTuple):
    """What there is after a run. In sentences: `pending`, `log_faults`, `ahead` (group offsets beyond the log) and
    `errors` (processes that ended of what no fault explains)."""

    strikes: list[Strike]
    topics: Topics
    mongo: MongoInMemory
    history: list[Request]
    pending: list[str]
    log_faults: list[str]
    ahead: list[str]
    errors: list[str]


class Outcome(NamedTuple):
    """What a run came to. `void` records are the evidence that zombies wrote; `digest` is the hash of all it left."""

    seed: int
    steps: int
    strikes: list[Strike]
    findings: list[Finding]
    void: int
    answered: int
    digest: str


def judged(seed: int, steps: int, left: Left) -> Outcome:
    """Nothing is found if all is well."""
    commands, events = left.topics.stored_commands(), left.topics.stored_events()
    log = read_log(events)
    findings = [
        *judge_log(commands, events, drained=not left.pending),
        *check_answers(left.history, log),
        *check_receipts(left.history),
        *check_order(left.history),
        *check_expiries(log, EARLY_MS_MOST),
        *judge_documents(left.mongo.written, left.topics.events),
        *(Finding("I11", what, "at the end") for what in left.pending),
        *(Finding("error", what, "in a process") for what in left.errors),
        *(Finding("rule 6", what, "the group's offsets") for what in left.ahead),
        *(Finding("log", fault, "as a decider says") for fault in left.log_faults),
    ]
    void = len(log.events) - len(log.valid)
    answered = sum(request.receipt is not None for request in left.history)
    everything = sha256(msgspec.json.encode((events, left.history)) + repr(left.mongo.written).encode())
    return Outcome(seed, steps, left.strikes, findings, void, answered, everything.hexdigest())
