"""Which port each service listens on."""

import random
import socket
from collections.abc import Iterable, Mapping

import psutil

from scenarios.stack.failure import StackFailure

LOOPBACK = "127.0.0.1"
PEOPLE: Mapping[str, int] = {
    "kafka": 29092,
    "kafka-controller": 29093,
    "mongo": 27117,
    "gateway": 8080,
    "command-api": 8081,
    "query-api": 8082,
    "decider": 8083,
    "projector": 8084,
    "decider-2": 8085,
    "decider-3": 8086,
    "kafka-1": 29092,
    "kafka-1-controller": 29093,
    "kafka-2": 29094,
    "kafka-2-controller": 29095,
    "kafka-3": 29096,
    "kafka-3-controller": 29097,
}
# Below Linux's default range for outgoing connections (32768 and up), so that no client of anything can take a port
# in the moment between the death of a server and its restart.
FREE_RANGE = range(20000, 29000)


class Ports:
    """The ports of one stack, by service name.

    `Ports.people()` are the fixed ones, `Ports.free()` are chosen. A chosen port is reserved among all Seatlog
    processes of this machine by an abstract Unix socket, which the kernel gives back when the process ends.
    """

    def __init__(self, fixed: Mapping[str, int] | None = None) -> None:
        self._by_name = dict(fixed or {})
        self._reservations: list[socket.socket] = []

    @classmethod
    def people(cls) -> "Ports":
        return cls(PEOPLE)

    @classmethod
    def free(cls) -> "Ports":
        return cls()

    def __getitem__(self, name: str) -> int:
        """The port of a service; one that has none yet gets a free one."""
        if name not in self._by_name:
            self._by_name[name] = self._reserve()
        return self._by_name[name]

    def _reserve(self) -> int:
        for port in random.sample(FREE_RANGE, len(FREE_RANGE)):
            reservation = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                reservation.bind(f"\0seatlog-port-{port}")
            except OSError:
                reservation.close()
                continue
            if port_is_free(port):
                self._reservations.append(reservation)
                return port
            reservation.close()
        raise StackFailure(f"No free port between {FREE_RANGE.start} and {FREE_RANGE.stop}: stop some servers first.")

    def release(self) -> None:
        """Give the reservations back; after this the object must not be used."""
        for reservation in self._reservations:
            reservation.close()
        self._reservations.clear()


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _holder(port: int) -> str:
    for connection in psutil.net_connections("tcp"):
        if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
            if connection.pid is None:
                break
            return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return "another process"


def demand_free(service: str, ports: Iterable[int]) -> None:
    """Raises StackFailure, naming port and holder, when one of them is taken."""
    for port in ports:
        if not port_is_free(port):
            raise StackFailure(
                f"Port {port} for {service} is taken by {_holder(port)}: "
                "stop that process, or run `make down` if it is a Seatlog stack of yours."
            )
