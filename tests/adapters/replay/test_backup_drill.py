"""The backup and restore drill on real servers: sell, export, lose the topics, import, and go on selling."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
from typer.testing import CliRunner

from contracts.topics import TOPICS
from read_side.replay.console import UNANSWERED, app
from scenarios.stack.stack import Stack
from tests.adapters.command_api.people import People, receipt_holds
from tests.conftest import StartStack

OURS = ("command-api", "decider", "projector", "query-api")


def replay(stack: Stack, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*arguments, "--json"], env={"SEATLOG_KAFKA": stack.kafka})
    assert done.exit_code == code, (done.stdout, done.stderr)
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found


async def sell(stack: Stack, people: People) -> str:
    """A show with some seats held, one booked, one refused; gives its id."""
    show_id = await people.schedule()
    first = await people.hold(show_id, "A-1-1")
    await asyncio.gather(*(people.hold(show_id, f"A-2-{seat}", who=f"buyer-{seat}") for seat in range(1, 31)))
    assert (await people.hold(show_id, "A-1-1", who="bob")).status_code == 409
    assert (await people.book(show_id, first.json()["hold_id"])).status_code == 201
    return show_id


async def version_of(stack: Stack, show_id: str, at_least: int) -> int:
    async with People(stack.url("query-api"), stack.token_secret) as readers:
        answer = await readers.see(
            f"/shows/{show_id}", lambda one: one.status_code == 200 and one.json()["version"] >= at_least, 30
        )
    version: int = answer.json()["version"]
    return version


async def selling(stack: Stack) -> str:
    async with People(stack.url("command-api"), stack.token_secret) as people:
        show_id = await sell(stack, people)
    await version_of(stack, show_id, 34)
    return show_id


async def going_on(stack: Stack, show_id: str) -> None:
    """What was sold stays sold, the next version is the next, its receipt holds, and the projector goes on."""
    async with People(stack.url("command-api"), stack.token_secret) as people:
        assert (await people.hold(show_id, "A-1-1", who="eve")).status_code == 409
        held = await people.hold(show_id, "A-3-1", who="eve")
    assert held.status_code == 201, held.text
    assert held.json()["version"] == 36
    assert await receipt_holds(stack.kafka, held.headers["seatlog-receipt"])
    assert await version_of(stack, show_id, 36) == 36


def test_a_sale_goes_on_after_its_topics_were_lost(start_stack: StartStack, tmp_path: Path) -> None:
    stack = start_stack(("kafka", "mongo", *OURS), partitions=2)
    show_id = asyncio.run(selling(stack))
    for name in OURS:
        stack.process(name).terminate()
    before = replay(stack, "verify")
    folder = str(tmp_path / "export")
    exported = replay(stack, "export", folder)
    assert len(exported["files"]) == 2 * len(TOPICS)
    refused = replay(stack, "import", folder, code=UNANSWERED)
    assert "is not fresh" in refused["error"]

    assert len(replay(stack, "clear", folder)["deleted"]) == len(TOPICS)
    restored = replay(stack, "import", folder)
    assert (restored["identical"], restored["verified"]) == (True, True)
    after = replay(stack, "verify")
    assert after["heads_sha256"] == before["heads_sha256"] == restored["heads_sha256"]
    assert after["partitions"] == before["partitions"]

    for name in OURS:
        stack.restart(name)
    asyncio.run(going_on(stack, show_id))
    assert replay(stack, "verify")["verified"]
