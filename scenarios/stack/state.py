"""What a stack writes into its folder, so that other programs find it."""

import os
from pathlib import Path

import msgspec
import psutil

STATE_FILE = "stack.json"


class ServiceState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One process: `started_at` in seconds since 1970, `exit` says how it ended, if it has."""

    name: str
    pid: int
    port: int
    started_at: float
    restarts: int
    log: str
    exit: str | None = None


class StackState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole stack. `ready` turns true once, when everything has been ready for the first time."""

    pid: int
    process_started_at: float
    ready: bool
    kafka: str
    mongo: str
    mongo_database: str
    token_secret: str
    urls: dict[str, str]
    services: list[ServiceState]


def process_started_at(pid: int) -> float:
    """With the pid it names a process for good: pids are used again."""
    return float(psutil.Process(pid).create_time())


def is_alive(pid: int, started_at: float) -> bool:
    """Whether that very process runs. One that ended but was not yet collected by its parent does not."""
    try:
        process = psutil.Process(pid)
        same = bool(abs(process.create_time() - started_at) < 1.0)
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def write_state(folder: Path, state: StackState) -> None:
    """Whole or not at all; readable by its owner only, as the token secret is in it."""
    partial = folder / f".{STATE_FILE}.part"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(state), indent=2))
    partial.replace(folder / STATE_FILE)


def remove_state(folder: Path) -> None:
    (folder / STATE_FILE).unlink(missing_ok=True)


def read_state(folder: Path) -> StackState | None:
    """The stack of this folder if its launcher is alive, else None."""
    try:
        state = msgspec.json.decode((folder / STATE_FILE).read_bytes(), type=StackState)
    except FileNotFoundError:
        return None
    return state if is_alive(state.pid, state.process_started_at) else None
