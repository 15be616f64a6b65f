"""The read models that the real projector makes are as the log says; every planted difference is found (I6)."""

from collections.abc import Callable

import pytest
from msgspec import Raw
from msgspec.structs import replace

from contracts.read_models import SHOWS
from scenarios.checkers.document_shapes import ReadModels
from scenarios.checkers.documents import check_documents
from scenarios.checkers.findings import Finding
from scenarios.checkers.reading import check_reads
from scenarios.checkers.recorded import RecordedLog, read_log
from scenarios.checkers.shapes import Policy
from scenarios.history import NULL, Request, json_or_null
from scenarios.nemesis.document_rows import rows_of
from tests.documents_in_memory import Store, found_in, projected
from tests.log_writer import LogWriter, a_sale
from tests.told_history import stored_records


async def shown(log: LogWriter) -> tuple[ReadModels, RecordedLog]:
    return rows(await projected(log)), read_log(stored_records(0, log.events))


def rows(store: Store) -> ReadModels:
    return rows_of(found_in(store))


async def test_what_the_projector_writes_has_no_findings():
    assert check_documents(*await shown(a_sale())) == []


async def test_documents_that_are_ahead_of_their_checkpoint_are_allowed():
    read_models, log = await shown(a_sale())
    behind = replace(read_models.checkpoints[0], offset=3, hash=log.events[2].hash)
    assert check_documents(replace(read_models, checkpoints=(behind,)), log) == []


Change = Callable[[ReadModels], ReadModels]


def first(name: str, **changes: object) -> Change:
    """Other fields in the first document of a read model."""

    def change(read_models: ReadModels) -> ReadModels:
        one, *others = getattr(read_models, name)
        return replace(read_models, **{name: (replace(one, **changes), *others)})

    return change


@pytest.mark.parametrize(
    "change",
    [
        first("shows", free=7),
        first("shows", version=2),
        first("shows", version=99),
        first("shows", id="nobody"),
        first("sections", statuses=bytes(8)),
        first("sections", version=2),
        first("holds", status="held"),
        first("holds", version=1),
        first("bookings", buyer_id="eve"),
        first("bookings", id="none"),
        first("checkpoints", hash="0" * 64, offset=1),
        lambda read_models: replace(read_models, holds=read_models.holds[1:]),
        lambda read_models: replace(read_models, bookings=()),
        lambda read_models: replace(read_models, sections=read_models.sections[1:]),
        lambda read_models: replace(read_models, outcomes=read_models.outcomes[:-1]),
        first("outcomes", command_id="another"),
        first("outcomes", type="hold-refused"),
        first("outcomes", receipt="0:0:0"),
        first("outcomes", place="0.99.0"),
        first("outcomes", caller_id="eve"),
        first("outcomes", time=2),
        first("outcomes", data=Raw(b'{"title":"another"}')),
        first("outcomes", data=Raw(b'"no event"')),
        first("shows", title="another"),
        first("shows", starts_at=1),
        first("shows", sale_opens_at=1),
        first("shows", sale_closes_at=1),
        first("shows", presale_opens_at=1),
        first("shows", prices={}),
        first("shows", currency="CHF"),
        first("shows", policy=Policy(seats_per_hold=1)),
        first("shows", blocked=1),
        first("plans", plan=Raw(b'{"sections":[]}')),
        first("plans", plan=NULL),
        first("plans", version=2),
        lambda read_models: replace(read_models, plans=()),
        first("sections", start=1),
        first("sections", expires=bytes(8)),
        first("holds", prices_minor=(1,)),
        first("holds", currency="CHF"),
        first("holds", expires_at=1),
        first("bookings", amount_minor=1),
        first("bookings", currency="CHF"),
        first("bookings", payment_reference="another"),
        first("bookings", booked_at=1),
    ],
)
async def test_a_document_that_is_not_the_fold_is_found(change: Change):
    read_models, log = await shown(a_sale())
    findings = check_documents(change(read_models), log)
    assert findings
    assert {finding.invariant for finding in findings} == {"I6"}


async def test_a_projector_without_the_version_guard_is_found():
    """It writes an old state over a newer one after a restart: what a guard would have refused."""
    log = a_sale()
    before = await projected(log)
    store = await projected(log)
    store.collections[SHOWS]["hamlet"] |= {"version": 4, "free": 5}
    assert rows(store) != rows(before)
    assert check_documents(rows(store), read_log(stored_records(0, log.events)))


def look(sent: float, version: int, path: str = "/shows/hamlet") -> Request:
    answer = json_or_null(b'{"version":%d,"seats":{"free":1,"held":0,"booked":0,"blocked":0}}' % version)
    return Request(
        buyer="probe",
        method="GET",
        path=path,
        key=None,
        body=NULL,
        sent=sent,
        answered=sent + 0.5,
        status=200,
        receipt=None,
        answer=answer,
    )


def test_reads_that_go_forward_or_overlap_are_well():
    assert check_reads([look(0, 1), look(1, 1), look(1.2, 3), look(1.3, 2), look(2, 3)]) == []
    assert check_reads([look(0, 3), look(1, 1, "/shows/macbeth"), look(2, 1, "/shows/hamlet/seats")]) == []


def test_a_read_that_goes_back_is_found():
    (found,) = check_reads([look(0, 3), look(1, 2)])
    assert isinstance(found, Finding)
    assert (found.invariant, found.where[:9]) == ("I6", "request 1")
