"""README's tables of settings and ports agree with the settings classes, the code and the stack."""

import re

import pytest
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from projections.settings import Settings as ProjectorSettings
from read_side.api.settings import QueryApiSettings
from scenarios.stack.ports import PEOPLE
from scenarios.stack.settings import GatewaySettings, StackSettings
from tests.documents import PROJECT, chapter, rows
from write_side.api.settings import CommandApiSettings
from write_side.processor.settings import Settings as DeciderSettings

README = (PROJECT / "README.md").read_text(encoding="utf-8")
PROCESSES: dict[str, type[BaseSettings]] = {
    "decider": DeciderSettings,
    "projector": ProjectorSettings,
    "command API": CommandApiSettings,
    "query API": QueryApiSettings,
    "gateway": GatewaySettings,
    "stack": StackSettings,
}
OUTSIDE = {"SEATLOG_CACHE", "SEATLOG_REPAIR_KEY"}
"""Read by make, the stack or the replay tool, without a settings class."""


def settings_that_differ(text: str) -> list[str]:
    table = {cells[0].strip("`"): cells[1:] for cells in rows(chapter(text, "Settings"))}
    findings = []
    for process, settings in PROCESSES.items():
        for name, field in settings.model_fields.items():
            variable = f"SEATLOG_{name.upper()}"
            default, readers = table.get(variable, ["", ""])[:2]
            if process not in readers.split(", "):
                findings.append(f"{variable}: {process} reads it")
            if name != "port" and process != "stack" and default.strip("`") != _shown(field.default):
                findings.append(f"{variable}: the default of {process} is {_shown(field.default)}")
    for variable, (_, readers, *_) in table.items():
        for reader in [] if variable in OUTSIDE else readers.split(", "):
            fields = PROCESSES[reader].model_fields if reader in PROCESSES else {}
            if variable.removeprefix("SEATLOG_").lower() not in fields:
                findings.append(f"{variable}: {reader} does not read it")
    return findings


def ports_that_differ(text: str) -> list[str]:
    told = {int(port) for cells in rows(chapter(text, "Ports")) for port in cells[0].split(", ")}
    findings = [f"port {port}" for port in sorted(told ^ set(PEOPLE.values()))]
    for process, settings in PROCESSES.items():
        port = settings.model_fields.get("port")
        if port is not None and f"| {port.default} | {process}" not in text:
            findings.append(f"the port of {process} is {port.default}")
    return findings


def variables_not_told(text: str, source: str) -> list[str]:
    return sorted(set(re.findall(r"SEATLOG_[A-Z_]+[A-Z]", source)) - set(re.findall(r"`(SEATLOG_\w+)`", text)))


def _shown(default: object) -> str:
    return "required" if default is PydanticUndefined else "none" if default is None else str(default)


def test_the_settings_are_those_of_the_processes():
    assert settings_that_differ(README) == []


def test_the_ports_are_those_of_the_stack():
    assert ports_that_differ(README) == []


def test_no_other_variable_is_read():
    rooms = ("contracts", "write_side", "projections", "read_side", "scenarios")
    sources = [path.read_text(encoding="utf-8") for room in rooms for path in (PROJECT / room).rglob("*.py")]
    sources += [(PROJECT / name).read_text(encoding="utf-8") for name in ("Makefile", "compose.yaml")]
    assert variables_not_told(chapter(README, "Settings"), "\n".join(sources)) == []


@pytest.mark.parametrize(
    ("check", "true", "false"),
    [
        (settings_that_differ, "| `SEATLOG_BATCH_RECORDS` | `500` |", "| `SEATLOG_BATCH_RECORDS` | `400` |"),
        (
            settings_that_differ,
            "| `SEATLOG_BATCH_RECORDS` | `500` | decider |",
            "| `SEATLOG_BATCH_RECORDS` | `500` | |",
        ),
        (settings_that_differ, "| `SEATLOG_GROUP` |", "| `SEATLOG_GROUPS` |"),
        (settings_that_differ, "| decider | the consumer group", "| decider, projector | the consumer group"),
        (ports_that_differ, "| 8083 | decider", "| 8093 | decider"),
        (ports_that_differ, "| 29092, 29093 |", "| 29092 |"),
    ],
)
def test_a_row_that_is_not_so_is_found(check, true, false):
    assert true in README
    assert check(README.replace(true, false)) != []


def test_a_variable_that_is_not_told_is_found():
    assert variables_not_told("`SEATLOG_KAFKA`", 'environ["SEATLOG_KAFKA"], environ["SEATLOG_SECRET"]') == [
        "SEATLOG_SECRET"
    ]
