"""How the services of a running stack are right now, asked of them one by one."""

import time

import msgspec

from scenarios.stack import kafka_server, mongo_server, services
from scenarios.stack.kafka_cluster import is_broker
from scenarios.stack.ports import LOOPBACK
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


def report_on(service: ServiceState) -> ServiceReport:
    missing = f"it ended with {service.exit}" if service.exit is not None else _missing(service)
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


def _missing(service: ServiceState) -> str | None:
    match service.name:
        case name if is_broker(name):
            return kafka_server.missing(LOOPBACK, service.port)
        case "mongo":
            return mongo_server.missing(service.port)
        case _:
            return services.not_ready(service.port)
