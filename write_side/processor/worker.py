"""The Faust app: which commands reach the decider, and what goes on beside it."""

import asyncio
from typing import Any

import faust
import structlog
from aiokafka.errors import KafkaError
from faust.types import EventT, Message, StreamT

from contracts.limits import SECOND_MS
from contracts.operations.health import HealthServer
from contracts.operations.kafka_access import MECHANISM, KafkaAccess
from contracts.topics import COMMANDS, EVENTS
from write_side.processor import metrics
from write_side.processor.decider import Decider
from write_side.processor.faust_group import FaustGroup
from write_side.processor.kafka_logs import KafkaLogs
from write_side.processor.loop_watch import LoopWatch
from write_side.processor.ports import CommandMessage
from write_side.processor.process_end import end_process
from write_side.processor.prompt_transport import PORTION_BYTES, PromptTransport
from write_side.processor.settings import Settings
from write_side.processor.show_table import FoldTableManager, ShowTable
from write_side.processor.succession import Predecessor, succeed
from write_side.processor.throttle import Throttle
from write_side.processor.watchdog import Watchdog

log = structlog.get_logger()

_LINGER_FROM: int = 4
"""With so many commands waiting, more are on their way, and waiting a little for them makes larger batches."""


class DeciderApp(faust.App):  # type: ignore[misc] # Faust's classes are untyped here
    """A Faust app that makes no folder, since nothing of ours is kept in one, and that fetches promptly."""

    fetch_least_bytes = 1
    """A fetch of commands waits for so many, but not for long (prompt_transport.py)."""

    def _create_directories(self) -> None:
        pass

    def _new_transport(self) -> PromptTransport:
        return PromptTransport(self.conf.broker_consumer, self)


def credentials(kafka: KafkaAccess) -> faust.SASLCredentials | None:
    """What Faust's own clients show to Kafka; None where everybody is let in. Raises AccessUnfit."""
    if kafka.protocol == "PLAINTEXT":
        return None
    return faust.SASLCredentials(
        username=kafka.username, password=kafka.password, ssl_context=kafka.ssl_context(), mechanism=MECHANISM
    )


def faust_app(settings: Settings, owner: str) -> faust.App:
    """The app with the settings that the protocol needs (docs/architecture.md, "On Faust")."""
    return DeciderApp(
        settings.group,
        broker=f"kafka://{settings.kafka}",
        broker_credentials=credentials(settings.kafka_access()),
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        TableManager=FoldTableManager,
        table_standby_replicas=1,
        recovery_consistency_check=False,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=settings.decider_instance,
        canonical_url=f"http://{settings.decider_instance or owner}:1",
        stream_wait_empty=False,
        stream_buffer_maxsize=8192,
        broker_max_poll_records=1000,
        broker_session_timeout=settings.session_seconds,
        broker_heartbeat_interval=settings.session_seconds / 6,  # by it a survivor learns that another is lost
    )


class Worker:
    """Puts the decider on a Faust app."""

    def __init__(self, settings: Settings, partitions: int, owner: str, predecessor: Predecessor | None = None) -> None:
        self._settings = settings
        self._predecessor = predecessor
        self._partition_count = partitions
        self.app = app = faust_app(settings, owner)
        self._logs = KafkaLogs(settings.kafka_access())
        self._group = FaustGroup(app, settings.decider_instance)
        self.decider = Decider(self._logs, self._logs, self._group, partitions, owner)
        raw: dict[str, Any] = {
            "key_type": bytes,
            "value_type": bytes,
            "key_serializer": "raw",
            "value_serializer": "raw",
        }
        changelog = app.topic(EVENTS, acks=False, internal=True, allow_empty=True, **raw)
        table = ShowTable(
            app,
            decider=self.decider,
            logs=self._logs,
            before_joining=self._succeed,
            name="shows",
            changelog_topic=changelog,
            key_type=bytes,
            value_type=bytes,
        )
        app.tables.add(table)
        self._loop_watch = LoopWatch()
        self._deciding = asyncio.Lock()
        metrics.OWNED.set_function(lambda: len(self.decider.owned))
        most = settings.max_decisions_per_second
        self._throttle = None if most is None else Throttle(most)
        if most is not None:
            app.fetch_least_bytes = PORTION_BYTES
        self._watchdog = Watchdog(self.decider, self._logs, table, self._held_until)
        app.agent(app.topic(COMMANDS, **raw))(self._decide)
        for task in (self._serve_health, self._acknowledge, self._watch, self._beat, self._expire, self._keep_warm):
            app.task(task)

    def missing(self) -> list[str]:
        """What keeps the worker from deciding, for /readyz."""
        return self._watchdog.missing()

    def degraded(self) -> list[str]:
        """The partitions that a log fault has halted; it decides for the others."""
        return [str(fault) for fault in self.decider.halted.values()]

    async def _succeed(self) -> None:
        if self._predecessor is not None:
            await succeed(self._predecessor, self.decider, self._logs, self._partition_count)

    async def finish(self) -> None:
        """Decide nothing more, and acknowledge what is decided once the log holds all of it."""
        self._loop_watch.stop()
        await self._deciding.acquire()  # for good: no batch is under way, and none begins
        await self._acknowledge_settled()

    async def _decide(self, stream: StreamT[bytes]) -> None:
        """The agent: takes what has arrived as one batch, a little more under load, and has it decided.

        Messages are acknowledged by `_acknowledge`, never by Faust.
        """
        queue, most = stream.channel.queue, self._settings.batch_records
        try:
            async for event in stream.noack().events():
                waiting = [event.message]
                _drain(queue, waiting, most)
                if len(waiting) >= _LINGER_FROM and len(waiting) < most:
                    await asyncio.sleep(self._settings.linger_seconds)
                    _drain(queue, waiting, most)
                if self._throttle is None:
                    await self._decide_batch(waiting)
                else:
                    await self._throttle.let_through(waiting, self._next_offset, self._decide_batch)
        except asyncio.CancelledError:
            if not self.app.should_stop:
                end_process("the agent was cancelled")
            raise
        except Exception as error:  # noqa: BLE001 - Faust would restart the agent past what it was deciding
            end_process("deciding failed", error)
        if not self.app.should_stop:
            end_process("the stream of commands ended")

    def _held_until(self, decided_at: float) -> float:
        return 0.0 if self._throttle is None else self._throttle.held_until(decided_at)

    def _next_offset(self, message: Message) -> int | None:
        is_ours = self._is_ours(message, self._group.generation())
        return self.decider.settled[message.partition] if is_ours else None

    def _is_ours(self, message: Message, generation: int) -> bool:
        return message.generation_id == generation and message.partition in self.decider.owned

    async def _decide_batch(self, messages: list[Message]) -> None:
        async with self._deciding:
            await self._decide_by_partition(messages)

    async def _decide_by_partition(self, messages: list[Message]) -> None:
        generation = self._group.generation()
        by_partition: dict[int, list[CommandMessage]] = {}
        for message in messages:
            if self._is_ours(message, generation):
                by_partition.setdefault(message.partition, []).append(
                    CommandMessage(message.offset, round(message.timestamp * SECOND_MS), message.value)
                )
        if len(by_partition) == 1:
            for number, commands in by_partition.items():
                await self.decider.decide(number, commands)
        else:
            await asyncio.gather(*(self.decider.decide(number, some) for number, some in by_partition.items()))

    async def _acknowledge(self) -> None:
        """Rule 6: once a second, move the group's offsets to what the log holds.

        Not in a rebalance: a commit of the old generation makes aiokafka drop its membership, which is one more.
        """
        while not self.app.should_stop:
            await asyncio.sleep(1.0)
            if self.app.rebalancing:
                continue
            try:
                await self._acknowledge_settled()
            except TimeoutError:
                log.warning("the group's offsets could not be moved; what is decided stays decided")
            except Exception as error:  # noqa: BLE001 - an ended task would go unnoticed
                end_process("acknowledging failed", error)

    async def _acknowledge_settled(self) -> None:
        for number, generation in list(self.decider.owned.items()):
            await self._group.commit(number, self.decider.settled[number], generation)

    async def _watch(self) -> None:
        while not self.app.should_stop:
            await asyncio.sleep(1.0)
            try:
                await self._watchdog.look()
                self.decider.forget_over_shows()
            except Exception as error:  # noqa: BLE001 - an ended task would go unnoticed
                end_process("the watchdog failed", error)

    async def _beat(self) -> None:
        self._loop_watch.start()
        while not self.app.should_stop:
            await asyncio.sleep(1.0)
            self._loop_watch.beat()

    async def _expire(self) -> None:
        while not self.app.should_stop:
            await asyncio.sleep(0.5)
            try:
                await self.decider.expiry.tick()
            except Exception as error:  # noqa: BLE001 - an ended task would go unnoticed
                end_process("asking for expiries failed", error)

    async def _keep_warm(self) -> None:
        while not self.app.should_stop:
            await asyncio.sleep(0.5)
            try:
                await self.decider.keep_warm()
            except (KafkaError, TimeoutError) as error:
                log.warning("standbys could not be kept warm: who takes over reads what is missing", error=repr(error))
            except Exception as error:  # noqa: BLE001 - an ended task would go unnoticed
                end_process("keeping standbys warm failed", error)

    async def _serve_health(self) -> None:
        server = HealthServer(self.missing, self._settings.host, self._settings.port, self.degraded)
        await server.run_until_cancelled()


def _drain(queue: asyncio.Queue[EventT], into: list[Message], most: int) -> None:
    while len(into) < most and not queue.empty():
        into.append(queue.get_nowait().message)
