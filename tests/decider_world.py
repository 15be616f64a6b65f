"""A log and deciders at work on it, for tests of the protocol."""

from collections.abc import Iterable

from contracts.codec import encode_claim
from contracts.commands import Command, SalePolicy
from contracts.events import Event
from contracts.records import RULES, EventRecord, PartitionClaim
from tests.commands import SHOW, command_record, hold_seats, schedule_show
from tests.memory_logs import MemoryCommandLog, MemoryEventLog, MemoryGroup
from write_side.domain.partition import Partition
from write_side.processor.decider import Decider


class World:
    """One event log and one command log, and as many deciders as a test wants."""

    def __init__(self) -> None:
        self.events = MemoryEventLog()
        self.commands = MemoryCommandLog()

    def decider(self, owner: str = "ann") -> tuple[Decider, MemoryGroup]:
        group = MemoryGroup()
        return Decider(self.events, self.commands, group, 1, owner), group

    def send(self, *commands: tuple[str, Command]) -> None:
        """Append one command record with these (command id, command)."""
        self.commands.put(0, command_record(SHOW, *commands))

    def schedule(self, **policy: int) -> None:
        self.send(("schedule", schedule_show(50, policy=SalePolicy(**policy))))

    def hold(self, command_id: str, *seats: int) -> None:
        self.send((command_id, hold_seats(*(f"A-1-{n}" for n in seats), by=f"buyer-{command_id}")))

    async def deliver(self, decider: Decider, start: int = 0) -> None:
        """Hand the decider every command from an offset on, as its consumer would."""
        await decider.decide(0, self.commands.messages[0][start:])

    def valid_events(self) -> list[Event]:
        """What a reader's fold makes of the log; raises LogFault if it contradicts itself."""
        return [event for _, event in fold(self.events.records.get(0, [])) if event is not None]

    def outcome(self) -> list[tuple[str, str]]:
        """(command id, type) of each valid event."""
        return [(record.command_id, record.type) for record, event in fold(self.events.records[0]) if event is not None]


def fold(values: Iterable[bytes]) -> list[tuple[EventRecord, Event | None]]:
    partition = Partition(0, 1)
    return [partition.fold(offset, value) for offset, value in enumerate(values)]  # type: ignore[misc]


def sequential(world: World) -> list[tuple[str, str]]:
    """What one decider that nothing ever happens to makes of the same commands."""
    calm = World()
    partition = Partition(0, 1)
    values = [encode_claim(PartitionClaim(owner="calm", generation=1, rules=RULES))]
    partition.fold(0, values[0])
    for message in world.commands.messages[0]:
        decisions = partition.decide(message.offset, message.appended_at, message.value, len(values))
        partition.confirm(len(decisions))
        values += [decision.value for decision in decisions]
    calm.events.records[0] = values
    return calm.outcome()
