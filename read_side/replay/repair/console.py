"""`repair` of the replay tool."""

import getpass
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from contracts.topics import EVENTS
from read_side.replay.answering import AsJson, KeyFile, give_up, key_of, print_json, progress
from read_side.replay.backup.folder import Export
from read_side.replay.backup.records import UnfitExport
from read_side.replay.receipts import UnreadableReceipts, read_receipts
from read_side.replay.repair.rebuilding import Unrepairable
from read_side.replay.repair.repairing import MOVED, PartitionPlan, Repair, Statement

_PLACE: Final = re.compile(r"(\d{1,9}):(\d{1,18})")
_RECEIPTS_TOLD: Final = 10
Place = tuple[int, int]
"""(partition, offset)."""


class RepairPlan(Struct, frozen=True, kw_only=True):
    """What `repair` found or, with `written`, made of an export."""

    partitions: tuple[PartitionPlan, ...]
    written: str | None


def repair(  # noqa: PLR0913 - the options of a command
    folder: Annotated[Path, typer.Argument(help="The export of the damaged topics.")],
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="PARTITION:OFFSET", help="Repair this partition from this record on, as the plan has it."),
    ] = None,
    receipts: Annotated[Path | None, typer.Option(help="Receipts to tell of: which will hold, which will not.")] = None,
    strangers: Annotated[
        list[str] | None,
        typer.Option(metavar="PARTITION:OFFSET", help="Commands from here on are a new topic's: put them at the end."),
    ] = None,
    claim: Annotated[
        list[str] | None,
        typer.Option(metavar="PARTITION:OFFSET", help="A claim stood here, as the logs of the deciders say."),
    ] = None,
    write: Annotated[Path | None, typer.Option(help="Write the repaired export to this new folder.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for the note.")] = "",
    operator: Annotated[str | None, typer.Option(help="Who, for the note; you if left out.")] = None,
    key: KeyFile = None,
    accept_changes: Annotated[bool, typer.Option(help="Write it even if answers change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what can be made of damaged partitions; with --write, make it, signed. Kafka is not touched."""
    signing_key = key_of(key, as_json)
    try:
        mending = Repair(
            Export(folder),
            read_receipts(receipts) if receipts else {},
            dict(_places(strangers, "--strangers", as_json)),
            _by_partition(_places(claim, "--claim", as_json)),
        )
        named = dict(_places(at, "--at", as_json))
        plans = _plans(mending, named, as_json)
        if write is not None:
            if signing_key is None or not reason:
                give_up(
                    "A repair is signed and has a reason: give --key (or SEATLOG_REPAIR_KEY) and --reason.", as_json
                )
            _demand_agreement(plans, named, accept_changes, as_json)
            mended = {plan.partition: plan for plan in plans}
            total = sum(kept.end - kept.first for kept in mending.export.manifest.files)
            with progress(total, "records written", as_json) as advance:
                mending.write(write, mended, Statement(operator or getpass.getuser(), reason, signing_key), advance)
    except (UnfitExport, Unrepairable, UnreadableReceipts) as error:
        give_up(str(error), as_json)
    if as_json:
        print_json(RepairPlan(partitions=tuple(plans), written=None if write is None else str(write)))
        return
    _print(plans, write)


def _plans(mending: Repair, named: dict[int, int], as_json: bool) -> list[PartitionPlan]:
    """Those of the partitions that are damaged or named."""
    for number in named:
        if number >= mending.partitions:
            give_up(f"There is no partition {number}: the export has 0 to {mending.partitions - 1}.", as_json)
    plans = []
    total = sum(kept.end - kept.first for kept in mending.export.kept(EVENTS))
    with progress(total, "events judged", as_json) as advance:
        for number in range(mending.partitions):
            plan = mending.plan(number, advance)
            if plan.damaged or number in named:
                plans.append(plan)
    return plans


def _demand_agreement(plans: Sequence[PartitionPlan], named: dict[int, int], accepted: bool, as_json: bool) -> None:
    """Nothing is written that the operator has not said."""
    if not plans:
        give_up("Nothing is damaged. If the events of a partition were cut, name it: --at PARTITION:END.", as_json)
    for plan in plans:
        if named.get(plan.partition) != plan.at:
            said = f"--at {plan.partition}:{named[plan.partition]}" if plan.partition in named else "nothing"
            give_up(
                f"Partition {plan.partition} would be repaired from offset {plan.at} on, but you said {said}; "
                f"if that is what you mean, say --at {plan.partition}:{plan.at}.",
                as_json,
            )
        if plan.changed and not accepted:
            give_up(
                f"In partition {plan.partition}, {len(plan.changed)} answers would become others, the first of them "
                f"{plan.changed[0].old}; if that is right, say --accept-changes.",
                as_json,
            )


def _places(told: Sequence[str] | None, option: str, as_json: bool) -> list[Place]:
    places = []
    for place in told or ():
        found = _PLACE.fullmatch(place)
        if found is None:
            give_up(f"{option} {place}: write PARTITION:OFFSET, such as 1:412.", as_json)
        places.append((int(found[1]), int(found[2])))
    return places


def _by_partition(places: Sequence[Place]) -> dict[int, set[int]]:
    offsets: dict[int, set[int]] = {}
    for partition, offset in places:
        offsets.setdefault(partition, set()).add(offset)
    return offsets


def _print(plans: Sequence[PartitionPlan], written: Path | None) -> None:
    table = Table("partition", "at", "kept", "decided again", "filled", "end before", "end after", "lost commands")
    for plan in plans:
        figures = (plan.at, plan.kept, plan.restored, plan.filled, plan.old_end, plan.end)
        lost = ", ".join(f"{first:,} to {end - 1:,}" for first, end in plan.lost_commands) or "none"
        table.add_row(str(plan.partition), *(f"{figure:,}" for figure in figures), lost)
    Console().print(table)
    for plan in plans:
        _print_receipts(plan)
    if not plans:
        typer.echo("Nothing is damaged. If the events of a partition were cut, name it: --at PARTITION:END.")
    elif written is None:
        places = " ".join(f"--at {plan.partition}:{plan.at}" for plan in plans)
        typer.echo(f"NOTHING WRITTEN yet. To write it: {places} --write FOLDER --reason TEXT --key FILE")
    else:
        typer.echo(f"REPAIRED {len(plans)} partitions into {written}")


def _print_receipts(plan: PartitionPlan) -> None:
    number = plan.partition
    typer.echo(f"partition {number}: {len(plan.moved):,} receipts move, {len(plan.changed):,} of them change")
    for moved in plan.moved[:_RECEIPTS_TOLD]:
        what = "the same answer" if moved.same else "ANOTHER ANSWER"
        typer.echo(f"  {moved.old} -> {moved.new or 'no record'} ({what})")
    if len(plan.moved) > _RECEIPTS_TOLD:
        typer.echo(f"  … and {len(plan.moved) - _RECEIPTS_TOLD:,} more; {MOVED.format(number)} has all of them")
    if plan.receipts_hold or plan.receipts_broken:
        typer.echo(f"  of the receipts you gave, {plan.receipts_hold:,} hold, {len(plan.receipts_broken):,} do not")
    for broken in plan.receipts_broken[:_RECEIPTS_TOLD]:
        typer.echo(f"  does not hold: {broken}")
