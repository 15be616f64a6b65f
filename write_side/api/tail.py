"""The command API's tail of the event log, at validity depth: it tells the waiters what the fold accepted."""

from collections.abc import Callable
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import OffsetOutOfRangeError
from aiokafka.structs import ConsumerRecord, TopicPartition

from contracts import topics
from contracts.codec import DecodeError, decode_log
from contracts.event_log import LogCursor, LogFault
from contracts.operations.kafka import CONSUMER_LIMITS
from contracts.operations.kafka_access import Kafka, client_settings
from contracts.records import EventRecord
from write_side.api.tail_start import cursor_at, latest_claim

IDLE_MILLISECONDS: Final = 500
FETCH_RECORDS_MOST: Final = 2000

Accepted = Callable[[int, int, EventRecord, bytes], None]
"""Called with partition, log offset, record and its bytes for each valid event, in log order."""
log: Final = structlog.get_logger()


class Tail:
    """Follows every partition without a consumer group. A partition with a log fault is followed no further."""

    def __init__(self, bootstrap: Kafka, partitions: int, accepted: Accepted) -> None:
        self._bootstrap = bootstrap
        self._partitions = [TopicPartition(topics.EVENTS, partition) for partition in range(partitions)]
        self._accepted = accepted
        self._consumer: AIOKafkaConsumer | None = None
        self.cursors: list[LogCursor] = []
        self.faults: dict[int, str] = {}
        self._behind: dict[int, int] = {}
        self._catching_up: dict[int, int] = {}

    async def start(self) -> None:
        """Find the latest claim of each partition and stand there. Raises KafkaError and TimeoutError."""
        consumer = self._consumer = AIOKafkaConsumer(
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=IDLE_MILLISECONDS,
            **CONSUMER_LIMITS,
            **client_settings(self._bootstrap),
        )
        await consumer.start()
        starts = await consumer.beginning_offsets(self._partitions)
        ends = await consumer.end_offsets(self._partitions)
        claims = {tp.partition: await latest_claim(consumer, tp, starts[tp], ends[tp]) for tp in self._partitions}
        consumer.assign(self._partitions)
        for tp in self._partitions:
            cursor = cursor_at(tp.partition, claims[tp.partition])
            self.cursors.append(cursor)
            self._behind[tp.partition] = ends[tp] - cursor.offset - 1
            if self._behind[tp.partition]:
                self._catching_up[tp.partition] = ends[tp]
            consumer.seek(tp, cursor.offset + 1)

    async def run(self) -> None:
        """Follow the log until cancelled. Kafka may go and come back; any error of another kind is raised."""
        consumer = self._started()
        while True:
            try:
                fetched = await consumer.getmany(timeout_ms=IDLE_MILLISECONDS, max_records=FETCH_RECORDS_MOST)
            except OffsetOutOfRangeError as error:
                for tp, offset in dict(*error.args).items():
                    self._fault(LogFault(tp.partition, offset, "the log was cut or made anew: the offset is gone"))
                continue
            for tp, records in fetched.items():
                self._judge(tp.partition, records)
                read = self.cursors[tp.partition].offset + 1
                self._behind[tp.partition] = max(0, (consumer.highwater(tp) or 0) - read)
                if read >= self._catching_up.get(tp.partition, read + 1):
                    del self._catching_up[tp.partition]

    async def stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await self._consumer.stop()

    def behind(self, partition: int) -> int:
        """How many records of this partition were not read yet when it was last looked at."""
        return self._behind.get(partition, 0)

    def voids(self, partition: int) -> int:
        """How many void records were seen in this partition."""
        return self.cursors[partition].void if self.cursors else 0

    def is_halted(self, partition: int) -> bool:
        """Whether a log fault has stopped this partition from being read."""
        return partition in self.faults

    def missing(self) -> list[str]:
        """Why answers cannot be told yet, a sentence each."""
        return [
            f"the tail still reads partition {number} up to offset {end}" for number, end in self._catching_up.items()
        ]

    def degraded(self) -> list[str]:
        """The partitions whose answers cannot be told, a sentence each; every other command API finds the same."""
        return list(self.faults.values())

    def _judge(self, partition: int, records: "list[ConsumerRecord[bytes, bytes]]") -> None:
        if partition in self.faults:
            return
        cursor, accepted = self.cursors[partition], self._accepted
        for record in records:
            offset, value = record.offset, record.value
            try:
                if value is None:
                    raise LogFault(partition, offset, "it has no value")
                event = decode_log(value)
                if cursor.accept(offset, event):
                    assert type(event) is EventRecord
                    accepted(partition, offset, event, value)
            except LogFault as fault:
                self._fault(fault)
                return
            except DecodeError as error:
                self._fault(LogFault(partition, offset, str(error)))
                return

    def _fault(self, fault: LogFault) -> None:
        """Answer nothing more from this partition: what waits there is told 202 in its time."""
        log.error("log fault", partition=fault.partition, offset=fault.offset, what=fault.what)
        self.faults[fault.partition] = str(fault)
        self._catching_up.pop(fault.partition, None)
        self._started().pause(TopicPartition(topics.EVENTS, fault.partition))

    def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise RuntimeError("the tail was not started")
        return self._consumer
