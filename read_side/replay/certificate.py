"""What `verify` found, in a form that can be published and compared."""

from hashlib import sha256

import msgspec
from rich.console import Console
from rich.table import Column, Table

from contracts.seat_plans import BOOKED, FREE, HELD
from read_side.replay.faults import Fault
from read_side.replay.repaired import RepairReport

_SHOWS_PRINTED = 20


class PartitionReport(msgspec.Struct, frozen=True, kw_only=True):
    """One partition: where both topics ended, and what became of their records."""

    partition: int
    events_end: int
    commands_end: int
    claims: int
    valid: int
    void: int
    pending: int
    rules: tuple[str, ...]
    repair: RepairReport | None = None


class ShowHead(msgspec.Struct, frozen=True, kw_only=True):
    """A show at its newest version: `head` is the SHA-256 of that record, `receipt` says where it lies."""

    show_id: str
    partition: int
    version: int
    head: str
    receipt: str
    capacity: int
    free: int
    held: int
    booked: int
    blocked: int


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome for a whole log, or for the partitions that were asked for."""

    verified: bool
    faults: tuple[Fault, ...]
    heads_sha256: str
    software_rules: str
    kafka: str
    partitions: tuple[PartitionReport, ...]
    shows: tuple[ShowHead, ...]
    receipts_checked: int
    receipts_skipped: int
    events: int
    seconds: float
    events_per_second: float


def hash_of_heads(shows: tuple[ShowHead, ...]) -> str:
    """One hash over all heads: SHA-256 of the lines `show_id version head`, sorted by show id, each with a newline."""
    lines = (f"{show.show_id} {show.version} {show.head}\n" for show in sorted(shows, key=lambda show: show.show_id))
    return sha256("".join(lines).encode()).hexdigest()


def count_seats(statuses: bytearray) -> tuple[int, int, int, int]:
    """How many seats are free, held, booked, and anything else (blocked)."""
    free, held, booked = statuses.count(FREE), statuses.count(HELD), statuses.count(BOOKED)
    return free, held, booked, len(statuses) - free - held - booked


def print_certificate(certificate: Certificate, console: Console) -> None:
    """For people: a table of partitions, one of shows, the hash, the verdict."""
    partitions = Table("partition", "log end", "claims", "valid", "void", "command records", "pending", "rules")
    for part in certificate.partitions:
        figures = (part.partition, part.events_end, part.claims, part.valid, part.void, part.commands_end, part.pending)
        partitions.add_row(*(f"{figure:,}" for figure in figures), ", ".join(part.rules))
    console.print(partitions)
    whole = Column("show", overflow="fold")
    shows = Table(whole, "version", "chain head", "capacity", "free", "held", "booked", "blocked")
    for show in certificate.shows[:_SHOWS_PRINTED]:
        counts = (show.capacity, show.free, show.held, show.booked, show.blocked)
        shows.add_row(show.show_id, f"{show.version:,}", show.head[:16] + "…", *(f"{count:,}" for count in counts))
    console.print(shows)
    if len(certificate.shows) > _SHOWS_PRINTED:
        console.print(f"… and {len(certificate.shows) - _SHOWS_PRINTED} shows more; --json names them all")
    _print_verdict(certificate, console)


def _print_verdict(certificate: Certificate, console: Console) -> None:
    console.print(
        f"{certificate.events:,} events in {certificate.seconds:.1f} s, {certificate.events_per_second:,.0f} a second; "
        f"rules {certificate.software_rules}; {certificate.receipts_checked:,} receipts held against the log",
        soft_wrap=True,
    )
    if certificate.receipts_skipped:
        console.print(f"[yellow]{certificate.receipts_skipped:,} receipts are for partitions that were not read[/]")
    for part in certificate.partitions:
        if part.repair is not None:
            console.print(_repair_line(part.partition, part.repair), soft_wrap=True, highlight=False, markup=False)
    for fault in certificate.faults:
        console.print(f"[bold red]FAULT[/] {fault}", soft_wrap=True, highlight=False)
    if certificate.verified:
        console.print(f"[bold green]VERIFIED[/] heads sha256 {certificate.heads_sha256}", soft_wrap=True)
    else:
        console.print("[bold red]NOT VERIFIED[/]: the log breaks what must hold")


def _repair_line(partition: int, repair: RepairReport) -> str:
    lost = f"; {repair.undecidable:,} events cannot be decided again" if repair.undecidable else ""
    return (
        f"partition {partition} was repaired from offset {repair.at} on, {repair.repaired_at}, by {repair.operator}: "
        f"{repair.reason} (signature {repair.signature}{lost})"
    )
