"""The documents of this tree as tests read them: their text, links, tables and blocks of code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

PROJECT: Final = Path(__file__).resolve().parent.parent
DOCUMENTS: Final = (PROJECT / "README.md", PROJECT / "CHANGELOG.md", *sorted((PROJECT / "docs").rglob("*.md")))

_BLOCK: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#+ (.*)$", re.MULTILINE)
_CODE: Final = re.compile(r"`([^`\n]+)`")


class Block(NamedTuple):
    """A fenced block; `language` is empty if it names none."""

    language: str
    text: str


def blocks(text: str) -> list[Block]:
    """The fenced blocks in order."""
    return [Block(*found) for found in _BLOCK.findall(text)]


def prose(text: str) -> str:
    """The text without its fenced blocks."""
    return _BLOCK.sub("", text)


def links(text: str) -> list[str]:
    """Where links point, as written."""
    return _LINK.findall(prose(text))


def code(text: str) -> list[str]:
    """What stands between single backticks."""
    return _CODE.findall(prose(text))


def anchors(text: str) -> set[str]:
    """The anchors of its headings, as Markdown renderers make them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(prose(text))}


def chapter(text: str, heading: str) -> str:
    """What stands under a heading of the second level, up to the next one. Raises ValueError if there is none."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"there is no chapter {heading!r}")
    return found[1]


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every row of every table, without heads and rules."""
    lines = text.splitlines()
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("|") and not line.startswith("|--") and before.startswith("|"):
            yield [cell.strip() for cell in line.strip("|").split("|")]
