"""The value behind each golden sample in contracts/samples/.

`python -m tests.golden_values` writes the samples that are missing and never touches one that is there: its bytes are
in logs already. A type that changes shape gets a new schema, an upcaster and a new sample beside the old one.
"""

from pathlib import Path
from typing import Final

from contracts.codec import encode_claim, encode_commands, encode_event, post
from contracts.commands import (
    COMMANDS,
    BookHold,
    Command,
    ExpireHold,
    HoldBestAvailable,
    HoldSeats,
    Presale,
    ReleaseHold,
    SalePolicy,
    SaleWindow,
    ScheduleShow,
)
from contracts.events import (
    EVENTS,
    BookingRefused,
    CommandFailed,
    CommandIdReused,
    CommandRepeated,
    CommandUnreadable,
    Conflict,
    Event,
    ExpiryRefused,
    HoldExpired,
    HoldRefused,
    LapsedHold,
    ReleaseRefused,
    ScheduleRefused,
    SeatsBooked,
    SeatsHeld,
    SeatsReleased,
    ShowScheduled,
)
from contracts.records import CommandRecord, PartitionClaim, RepairNote
from contracts.refusals import Reason
from contracts.seat_plans import Row, SeatPlan, Section

SAMPLES: Final = Path(__file__).parent.parent / "contracts" / "samples"

SHOW, ANN, BOB = "hamlet-2027-03-01", "buyer-ann", "buyer-bob"
HOLD, BOOKING = "0191d2a8-7c1e-7000-8000-000000000001", "0191d2a8-7c1e-7000-8000-000000000002"
NOON: Final = 1_798_804_800_000
_TERMS: Final = {
    "organiser_id": "globe",
    "title": "Hämlet, Prince of Denmark",
    "venue": "Globe",
    "starts_at": NOON + 86_400_000,
    "sale": SaleWindow(opens_at=NOON, closes_at=NOON + 80_000_000),
    "plan": SeatPlan(
        sections=(
            Section(
                name="A",
                rows=(
                    Row(name="1", seats=20, category="gold", first=101, accessible=(101, 120)),
                    Row(name="2", seats=22, category="silver"),
                ),
            ),
        )
    ),
    "prices": {"gold": 4500, "silver": 3000},
    "currency": "EUR",
    "presale": Presale(opens_at=NOON - 1000, code_digest="ab" * 32),
    "policy": SalePolicy(hold_seconds=300, seats_per_hold=8, seats_per_buyer=10, leave_no_single_seat=True),
}

COMMAND_VALUES: Final[dict[str, Command]] = {
    "schedule-show": ScheduleShow(**_TERMS),
    "hold-seats": HoldSeats(buyer_id=ANN, seats=("A-1-101", "A-1-102"), presale_code_digest="ab" * 32),
    "hold-best-available": HoldBestAvailable(
        buyer_id=ANN, quantity=2, category="gold", section="A", accessible=True, together=False
    ),
    "release-hold": ReleaseHold(buyer_id=ANN, hold_id=HOLD),
    "expire-hold": ExpireHold(hold_id=HOLD),
    "book-hold": BookHold(buyer_id=ANN, hold_id=HOLD, payment_reference="pay-1", amount_minor=9000, currency="EUR"),
}

EVENT_VALUES: Final[dict[str, Event]] = {
    "show-scheduled": ShowScheduled(**_TERMS),
    "seats-held": SeatsHeld(
        hold_id=HOLD,
        buyer_id=ANN,
        seats=("A-1-101", "A-2-1"),
        prices_minor=(4500, 3000),
        currency="EUR",
        expires_at=NOON + 300_000,
        lapsed_holds=(LapsedHold(hold_id=BOOKING, buyer_id=BOB, seats=("A-2-1", "A-2-2")),),
    ),
    "seats-released": SeatsReleased(hold_id=HOLD, buyer_id=ANN, seats=("A-1-101",)),
    "hold-expired": HoldExpired(hold_id=HOLD, buyer_id=ANN, seats=("A-1-101",)),
    "seats-booked": SeatsBooked(
        booking_id=BOOKING,
        hold_id=HOLD,
        buyer_id=ANN,
        seats=("A-1-101",),
        amount_minor=4500,
        currency="EUR",
        payment_reference="pay-1",
    ),
    "schedule-refused": ScheduleRefused(
        organiser_id="globe", title="Hamlet", reason=Reason.INVALID_PLAN, problems=("plan.sections: must not be empty",)
    ),
    "hold-refused": HoldRefused(
        buyer_id=ANN,
        reason=Reason.SEATS_TAKEN,
        seats=("A-1-101",),
        quantity=1,
        category="gold",
        section="A",
        accessible=True,
        together=False,
        conflicts=(Conflict(seat="A-1-101", status="held", since_version=7),),
    ),
    "release-refused": ReleaseRefused(buyer_id=ANN, hold_id=HOLD, reason=Reason.HOLD_LAPSED),
    "expiry-refused": ExpiryRefused(hold_id=HOLD, reason=Reason.NOT_DUE),
    "booking-refused": BookingRefused(
        buyer_id=ANN,
        hold_id=HOLD,
        payment_reference="pay-1",
        amount_minor=1,
        currency="USD",
        reason=Reason.WRONG_AMOUNT,
        booking_id=BOOKING,
        due_minor=9000,
        due_currency="EUR",
    ),
    "command-repeated": CommandRepeated(version=7, offset=1234),
    "command-id-reused": CommandIdReused(version=7, offset=1234),
    "command-unreadable": CommandUnreadable(reason="no command: Input data was truncated"),
    "command-failed": CommandFailed(error="ZeroDivisionError"),
}

COMMAND_RECORD: Final = CommandRecord(
    show_id=SHOW,
    commands=(
        post(COMMAND_VALUES["hold-seats"], HOLD, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        post(COMMAND_VALUES["expire-hold"], BOOKING),
    ),
)
CLAIM: Final = PartitionClaim(owner="decider-1", generation=3, rules="1")
REPAIRED_CLAIM: Final = PartitionClaim(
    owner="decider-1",
    generation=3,
    rules="1",
    repair=RepairNote(
        operator="olga",
        reason="a disk lied",
        repaired_at="2026-11-22T03:00:00.000Z",
        at=412,
        end=512,
        kept=511,
        restored=1,
        records_sha256="ab" * 32,
        export_sha256="cd" * 32,
        moved_sha256="",
        lost_commands=((7, 9),),
        replaced='{"type":"partition-claimed","owner":"decider-1","generation":3,"rules":"1","schema":1}',
        signature="ef" * 32,
    ),
)
EVENT_RECORD_FIELDS: Final = {
    "show_id": SHOW,
    "version": 8,
    "command_id": HOLD,
    "digest": "cd" * 16,
    "source": (41, 1, 2),
    "claim": 17,
    "time": NOON,
    "prev": "ef" * 32,
}


def samples() -> dict[str, bytes]:
    """File name to the bytes that today's code writes."""
    written = {
        "partition-claim.v1.json": encode_claim(CLAIM),
        "partition-claim-repaired.v1.json": encode_claim(REPAIRED_CLAIM),
        "command-record.json": encode_commands(COMMAND_RECORD),
    }
    for name, (_, schema) in COMMANDS.items():
        if name in COMMAND_VALUES:
            written[f"{name}.v{schema}.json"] = bytes(post(COMMAND_VALUES[name], HOLD).body)
    for name, (_, schema) in EVENTS.items():
        if name in EVENT_VALUES:
            written[f"{name}.v{schema}.json"] = encode_event(EVENT_VALUES[name], **EVENT_RECORD_FIELDS)
    return written


if __name__ == "__main__":
    for file_name, value in samples().items():
        path = SAMPLES / file_name
        if not path.exists():
            path.write_bytes(value)
            print("written:", path.name)
