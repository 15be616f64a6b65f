"""Runs schemathesis against an API that is up: requests made from its OpenAPI document, right ones and wrong ones."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx

EXAMPLES = 25
"""Random requests for each operation, beside those at the edges of its schemas."""


class Known(NamedTuple):
    """What is sent with every request of an operation (`*`: the others), and what really is there, by parameter
    (`path.show_id`)."""

    headers: Mapping[str, Mapping[str, str]]
    values: Mapping[str, list[str]]


class Found(NamedTuple):
    """`wrong` are the failures as `title: operation`, `accepted` the operations with a 2xx, `said` the whole story."""

    wrong: set[str]
    accepted: set[str]
    said: str


async def document_of(url: str) -> dict[str, Any]:
    """The API's own OpenAPI document."""
    async with httpx.AsyncClient() as client:
        document: dict[str, Any] = (await client.get(f"{url}/openapi.json")).json()
    return document


async def run(folder: Path, url: str, document: Mapping[str, Any], known: Known, *operations: str) -> Found:
    """Hold an API to this document: all operations, or these (`GET /shows`). The requests are the same every time."""
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "schemathesis.toml").write_text(_config(known), encoding="utf-8")
    phases = (
        "--phases=examples,coverage,fuzzing",
        f"--max-examples={EXAMPLES}",
        "--no-shrink",
        "--continue-on-failure",
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file=schemathesis.toml", "run", "openapi.json"),
        *(f"--url={url}", *phases, "--report-json-path=report.json", "--no-color"),
        *(f"--include-name={name}" for name in operations),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await process.communicate())[0].decode()
    assert process.returncode in (0, 1), said
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert not report["errors"], said
    wrong = {f"{found['title']}: {operation}" for found in report["failures"] for operation in found["operations"]}
    rates = report["valid_rates"].items()
    accepted = {operation for operation, phases in rates if any(phase["accepted"] for phase in phases.values())}
    return Found(wrong, accepted, said)


def _config(known: Known) -> str:
    lines = [f"headers = {_table(known.headers['*'])}"]
    lines += ["[generation]", "deterministic = true", 'database = "none"']
    lines += ["[checks.not_a_server_error]", 'expected-statuses = ["2xx", "3xx", "4xx", 503]']
    # A schema cannot say that a key was used before, that a sale ends before it begins or that a cursor was never given
    lines += ["[checks.positive_data_acceptance]", 'expected-statuses = ["2xx", 304, 401, 403, 404, 409, 422, 503]']
    for name, values in known.values.items():
        lines += [f'[dictionaries."{name}"]', f"values = {json.dumps(values)}"]
    lines += ["[parameters]"]
    lines += [f'"{name}" = {{ dictionary = "{name}", probability = 0.8 }}' for name in known.values]
    for operation, headers in known.headers.items():
        if operation != "*":
            lines += ["[[operations]]", f'include-name = "{operation}"', f"headers = {_table(headers)}"]
    return "\n".join(lines) + "\n"


def _table(values: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f'{name} = "{value}"' for name, value in values.items()) + " }"
