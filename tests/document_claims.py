"""What the documents claim about this tree, and which of those claims are not true. Each finding is a sentence."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

import typer

from scenarios.__main__ import COMMANDS as SCENARIOS
from tests.documents import PROJECT, anchors, blocks, code, links

_ROOMS: Final = ("contracts", "write_side", "projections", "read_side", "scenarios", "tests")
_ADDRESS: Final = re.compile(r"https?://([\w.-]+)")
_ADDRESSES: Final = {"127.0.0.1", "keepachangelog.com"}
_PATH: Final = re.compile(r"[\w.-]*[\w-](?:/[\w.-]+)*/?")
_FILE: Final = re.compile(r".+\.(?:py|md|yaml|toml|lock|jinja)")
_MEMBER: Final = re.compile(r"([A-Z]\w+)\.(\w+)")
_MAKE: Final = re.compile(r"\bmake ([a-z-]+)")
_MODULE: Final = re.compile(r"python -m ([a-z][\w.]*)((?: [a-z][a-z-]*)*)")
_REFERENCE: Final = re.compile(r'(docs/[\w/.-]+)(?:,\s+"([^"]+)")?')
_APPS: Final = {
    "contracts.operations": "contracts.operations.__main__",
    "projections": "projections.__main__",
    "read_side.replay": "read_side.replay.console",
    "scenarios.stack": "scenarios.stack.console",
}
"""Modules whose commands are a typer app, and where that is."""


def broken_links(document: Path, text: str) -> Iterator[str]:
    """Links to files or headings that are not there."""
    for link in links(text):
        path, _, anchor = link.partition("#")
        if path.startswith("http"):
            continue
        target = (document.parent / path).resolve() if path else document
        if not target.exists():
            yield f"{link}: there is no such file"
        elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            yield f"{link}: there is no such heading"


def foreign_addresses(text: str) -> Iterator[str]:
    """Addresses of other machines. (tests/architecture looks for paths of one machine in the whole tree.)"""
    for host in _ADDRESS.findall(text):
        if host not in _ADDRESSES:
            yield f"{host} is not an address that a document needs"


def missing_paths(text: str) -> Iterator[str]:
    """Files and folders of this tree that are named and not there."""
    for name in code(text):
        if _PATH.fullmatch(name) and _is_path(name) and not _exists(name):
            yield f"{name}: there is no such file"


def missing_members(text: str) -> Iterator[str]:
    """`Class.member` of a class that is not in the code, or has no such member."""
    for name in code(text):
        found = _MEMBER.fullmatch(name)
        if found and not any(_defines(source, found[1], found[2]) for source in _sources()):
            yield f"{name}: no class has it"


def missing_targets(text: str) -> Iterator[str]:
    """Targets of make that the Makefile does not have."""
    for name in _MAKE.findall("\n".join(_commands(text))):
        if f"\n{name}:" not in (PROJECT / "Makefile").read_text(encoding="utf-8"):
            yield f"make {name}: there is no such target"


def missing_commands(text: str) -> Iterator[str]:
    """`python -m module command` that cannot be run."""
    for module, words in _MODULE.findall("\n".join(_commands(text))):
        path = PROJECT.joinpath(*module.split("."))
        if not (path.with_suffix(".py").exists() or (path / "__main__.py").exists()):
            yield f"python -m {module}: there is no such module"
        elif words and module in {*_APPS, "scenarios"} and words.split()[0] not in _subcommands(module):
            yield f"python -m {module}{words}: there is no such command"


def missing_chapters(source: str) -> Iterator[str]:
    """Documents, or chapters of them, to which code refers and which are not there."""
    for name, heading in _REFERENCE.findall(re.sub(r"\s*\n\s*#?\s*", " ", source)):
        path = PROJECT / name.rstrip(".")
        if not path.exists():
            yield f"{name}: there is no such document"
        elif heading and f"\n## {heading}\n" not in path.read_text(encoding="utf-8"):
            yield f"{name}: there is no chapter {heading}"


def _commands(text: str) -> list[str]:
    return [*code(text), *(block.text for block in blocks(text) if block.language == "sh")]


def _is_path(name: str) -> bool:
    return (name.split("/", maxsplit=1)[0] in {*_ROOMS, "docs"} and "/" in name) or _FILE.fullmatch(name) is not None


def _exists(name: str) -> bool:
    if (PROJECT / name).exists():
        return True
    return any(path.endswith(f"/{name.rstrip('/')}") for path in _tree())


@cache
def _tree() -> tuple[str, ...]:
    """Every file and folder of the rooms and of docs, relative to the project."""
    found = (path for room in (*_ROOMS, "docs") for path in (PROJECT / room).rglob("*"))
    return tuple(str(path.relative_to(PROJECT)) for path in found)


@cache
def _sources() -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8") for room in _ROOMS[:-1] for path in (PROJECT / room).rglob("*.py"))


def _defines(source: str, class_name: str, member: str) -> bool:
    body = re.search(rf"^class {class_name}\b.*?(?=^\S|\Z)", source, re.MULTILINE | re.DOTALL)
    return (
        body is not None and re.search(rf"def {member}\b|\bself\.{member}\b|^    {member}\b", body[0], re.M) is not None
    )


def _subcommands(module: str) -> set[str]:
    if module == "scenarios":
        return set(SCENARIOS)
    app: typer.Typer = import_module(_APPS[module]).app
    return {command.name or command.callback.__name__.replace("_", "-") for command in app.registered_commands}
