"""How the services of a running stack are right now, asked of them one by one."""

import time

import msgspec

from scenarios.stack import services
from scenarios.stack.guard import Guard
from scenarios.stack.kafka_cluster import is_broker
from scenarios.stack.state import ServiceState


class ServiceReport(msgspec.Struct, frozen=True, kw_only=True):
    """`missing` is None when the service is ready."""

    name: str
    pid: int
    port: int
    uptime_seconds: float
    restarts: int
    ready: bool
    missing: str | None
    log: str


def report_on(service: ServiceState, guard: Guard | None, database: str) -> ServiceReport:
    missing = f"it ended with {service.exit}" if service.exit is not None else _missing(service, guard, database)
    return ServiceReport(
        name=service.name,
        pid=service.pid,
        port=service.port,
        uptime_seconds=0.0 if service.exit is not None else round(time.time() - service.started_at, 1),
        restarts=service.restarts,
        ready=missing is None,
        missing=missing,
        log=service.log,
    )


def _missing(service: ServiceState, guard: Guard | None, database: str) -> str | None:
    match service.name:
        case name if is_broker(name):
            return services.kafka_missing(service.port, guard)
        case "mongo":
            return services.mongo_missing(service.port, guard, database)
        case _:
            return services.not_ready(service.port)
