"""A bare aiokafka reader that decodes the whole event log and keeps nothing: what any fold of it costs at least.

    python -m scenarios.benchmarks.baselines.bare_reader KAFKA

Its fetch settings are the decider's own; the clock runs from the first request for records to the last event decoded.
"""

import sys
from time import perf_counter

import msgspec
import uvloop

from contracts.codec import decode_event, decode_log
from contracts.records import EventRecord
from contracts.topics import EVENTS
from scenarios.benchmarks.kafka_ground import ends, group_less_reader, records_from


class ReaderFigures(msgspec.Struct, frozen=True):
    """`seconds` for all of it."""

    events: int
    seconds: float


async def read_everything(kafka: str) -> ReaderFigures:
    """Decode every event."""
    async with group_less_reader(kafka) as reader:
        stops = await ends(reader, EVENTS)
        events, began = 0, perf_counter()
        async for records in records_from(reader, EVENTS, {}, stops):
            for record in records:
                decoded = decode_log(record.value)
                if type(decoded) is EventRecord:
                    decode_event(decoded)
                    events += 1
        return ReaderFigures(events, perf_counter() - began)


def main() -> None:
    """Read, print, end."""
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(read_everything(sys.argv[1]))))


if __name__ == "__main__":
    main()
