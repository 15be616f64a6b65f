"""The command API put together from its parts; building connects nothing."""

from functools import partial
from typing import Final

import structlog
from fastapi import FastAPI, Security
from fastapi.security import HTTPBearer
from prometheus_client import REGISTRY, CollectorRegistry

from contracts.operations.tokens import TokenVerifier
from write_side.api.circuit import Circuit, State
from write_side.api.desk import Desk
from write_side.api.first_answers import FirstAnswers
from write_side.api.hot_paths import CommandApi
from write_side.api.log_writer import LogWriter
from write_side.api.metrics import Metrics
from write_side.api.outbox import Outbox
from write_side.api.routes.described import describe
from write_side.api.routes.holds import holds_router
from write_side.api.routes.responses import tell_errors
from write_side.api.routes.shows import shows_router
from write_side.api.settings import CommandApiSettings
from write_side.api.tail import Tail
from write_side.api.waiting import Waiting

VERSION: Final = "0.1.0"
_DEGRADED: Final = {
    State.OPEN: "partition {} is not being decided: its commands are recorded and told 202",
    State.HALF_OPEN: "partition {} is being decided again, from behind: its commands are recorded and told 202",
}

log: Final = structlog.get_logger()


class Parts:
    """Everything that one process consists of, wired together for this many partitions."""

    def __init__(self, settings: CommandApiSettings, partitions: int, registry: CollectorRegistry = REGISTRY) -> None:
        self.partitions = partitions
        self.metrics = Metrics(registry)
        self.circuits = [
            Circuit(settings.silence_seconds, changed=partial(self._circuit_changed, number))
            for number in range(partitions)
        ]
        self.waiting = Waiting(self.circuits)
        kafka = settings.kafka_access()
        self.writer = LogWriter(kafka, partitions)
        self.outbox = Outbox(
            self.writer,
            self.waiting,
            self.metrics,
            partitions=partitions,
            group_seconds=settings.group_milliseconds / 1000,
            under_way_most=settings.commands_under_way,
        )
        self.tail = Tail(kafka, partitions, self.waiting.seen)
        self.first_answers = FirstAnswers(kafka, self.waiting.recent)
        self.desk = Desk(self.outbox, self.waiting, self.first_answers, self.metrics, partitions)
        self._observe()
        verifier = TokenVerifier(settings.token_secret.get_secret_value())
        documented = documented_app(self.desk, verifier)
        self.app = CommandApi(documented, self.desk, verifier, self.missing, self.degraded)

    def missing(self) -> list[str]:
        """What is lacking for readiness, a sentence each."""
        return [*self.outbox.missing(), *self.tail.missing()]

    def degraded(self) -> list[str]:
        """What callers of some partitions miss, a sentence each."""
        return [
            *self.tail.degraded(),
            *(
                _DEGRADED[circuit.state].format(number)
                for number, circuit in enumerate(self.circuits)
                if circuit.state in _DEGRADED and not self.tail.is_halted(number)
            ),
        ]

    def _circuit_changed(self, number: int, state: State) -> None:
        name = state.name.lower().replace("_", "-")
        self.metrics.circuit_transitions.labels(number, name).inc()
        log.warning("the circuit of a partition changed", partition=number, state=name)

    def _observe(self) -> None:
        """Gauges that look when they are asked."""
        self.metrics.waiters.set_function(lambda: self.waiting.under_way)
        self.metrics.queued.set_function(self.outbox.queued)
        for number in range(self.partitions):
            self.metrics.tail_lag.labels(number).set_function(partial(self.tail.behind, number))
            self.metrics.circuit.labels(number).set_function(partial(self._state, number))
            self.metrics.halted.labels(number).set_function(partial(self.tail.is_halted, number))
            self.metrics.voids.labels(number).set_function(partial(self.tail.voids, number))

    def _state(self, number: int) -> int:
        return self.circuits[number].state


def documented_app(desk: Desk, verifier: TokenVerifier) -> FastAPI:
    """The FastAPI application: every route, and one OpenAPI document for these and the hot paths."""
    app = FastAPI(
        title="Seatlog command API",
        version=VERSION,
        description="Requests to change a show. Each is recorded, then decided once; the answer is what the log says.",
        redirect_slashes=False,
    )
    bearer = [Security(HTTPBearer(auto_error=False, description="python -m scenarios token --role buyer"))]
    app.include_router(shows_router(desk, verifier), dependencies=bearer)
    app.include_router(holds_router(desk, verifier), dependencies=bearer)
    tell_errors(app)
    describe(app)
    return app
