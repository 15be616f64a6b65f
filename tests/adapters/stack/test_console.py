"""What people see at the shell."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scenarios.stack import kafka_jars, ports
from scenarios.stack.console import app
from scenarios.stack.failure import StackFailure
from scenarios.stack.kafka_jars import Coordinates, LockedJar, fetch_jars, write_lock
from scenarios.stack.ports import Ports
from scenarios.stack.services import PROJECT

SMALL = LockedJar(Coordinates("org.slf4j", "slf4j-simple", "1.7.36"), "0" * 64)


@pytest.fixture
def people_ports(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """The fixed ports, replaced by free ones: another stack may run on the real ones."""
    free = Ports.free()
    chosen = {name: free[name] for name in ports.PEOPLE}
    monkeypatch.setattr(ports, "PEOPLE", chosen)
    yield chosen
    free.release()


def test_up_on_a_taken_port_says_so_in_one_sentence(tmp_path: Path, people_ports: dict[str, int]) -> None:
    with socket.create_server(("127.0.0.1", people_ports["mongo"])):
        result = CliRunner().invoke(app, ["up", "--foreground", "--folder", str(tmp_path)])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Port {people_ports['mongo']} for mongo is taken by"), result.output
    assert result.stderr.count("\n") == 1


def test_a_jar_that_differs_from_the_lock_is_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, cache = tmp_path / "kafka.lock", tmp_path / "cache"
    write_lock([SMALL], lock)
    jar = cache / "kafka" / SMALL.file_name
    jar.parent.mkdir(parents=True)
    jar.write_bytes(b"not what was locked")
    monkeypatch.setenv("SEATLOG_CACHE", str(cache))
    monkeypatch.setattr(kafka_jars, "LOCK", lock)
    result = CliRunner().invoke(app, ["fetch"])
    assert result.exit_code == 1
    assert "kafka.lock says 0000" in result.stderr
    assert not jar.exists()


def test_a_checked_jar_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, folder = tmp_path / "kafka.lock", tmp_path / "jars"
    folder.mkdir()
    (folder / SMALL.file_name).write_bytes(b"right")
    write_lock([SMALL._replace(sha256=kafka_jars.sha256_of(folder / SMALL.file_name))], lock)

    def no_network(*_args: object) -> None:
        raise StackFailure("no network")

    monkeypatch.setattr(kafka_jars, "download", no_network)
    assert fetch_jars(lock, folder) == folder
    (folder / SMALL.file_name).write_bytes(b"changed since it was checked")
    with pytest.raises(StackFailure, match="has SHA-256"):
        fetch_jars(lock, folder)


def test_status_of_nothing_is_exit_code_3(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["status", "--json", "--folder", str(tmp_path)])
    assert (result.exit_code, json.loads(result.stdout)) == (3, {"running": False, "services": []})


def at_the_shell(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scenarios.stack", *words]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)


def test_a_stack_in_the_background_from_up_to_reset(tmp_path: Path) -> None:
    folder = tmp_path / "stack"
    where = ("--folder", str(folder))
    try:
        up = at_the_shell("up", "--only", "mongo", "--free-ports", *where)
        assert (up.returncode, up.stderr) == (0, "")
        again = at_the_shell("up", *where)
        assert "It runs already" in again.stdout
        status = json.loads(at_the_shell("status", "--json", *where).stdout)
        assert [(each["name"], each["ready"], each["restarts"]) for each in status["services"]] == [("mongo", True, 0)]
        assert '"msg"' in at_the_shell("logs", "mongo", *where).stdout
    finally:
        down = at_the_shell("down", *where)
    assert down.stdout == "Stopped.\n"
    assert (folder / "mongo" / "data").exists()
    assert at_the_shell("reset", *where).returncode == 0
    assert not folder.exists()


def test_deciders_hand_over_one_after_the_other(tmp_path: Path) -> None:
    where = ("--folder", str(tmp_path))
    assert at_the_shell("hand-over", *where).stderr == "Nothing runs: `make up` starts it.\n"
    try:
        up = at_the_shell("up", "--only", "kafka", "--only", "decider", "--deciders", "2", "--free-ports", *where)
        assert (up.returncode, up.stderr) == (0, "")
        handed = at_the_shell("hand-over", *where)
        assert (handed.returncode, handed.stderr) == (0, "")
        names = [line.partition(": process ")[0] for line in handed.stdout.splitlines()]
        assert names == ["decider", "decider-2"]
        assert at_the_shell("status", *where).returncode == 0
    finally:
        at_the_shell("reset", *where)
