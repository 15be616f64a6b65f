"""The tables of attempts as docs/security.md has them: `python -m tests.adapters.security.told` writes them there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.adapters.security.attempt import RISKS, Attempt
from tests.adapters.security.attempts import ATTEMPTS
from tests.adapters.security.elsewhere import ELSEWHERE
from tests.adapters.security.records import RECORDS
from tests.documents import PROJECT

FILE: Final = PROJECT / "docs" / "security.md"
HEADING: Final = "## Attempts, by the OWASP API Security Top 10 (2023)"
INTRODUCTION: Final = """\
Each row is an attempt that a test makes and the answer that it must get. Rows without a test are made against real
processes by `tests/adapters/security/test_attempts.py`, which also sees to it that no answer tells of our innards, that
whoever may do a thing can, and that afterwards nothing has changed. This chapter is written by
`python -m tests.adapters.security.told`."""


def chapter_of_attempts() -> str:
    """The chapter, from its heading to its last row."""
    parts = [HEADING, INTRODUCTION]
    for risk, name in RISKS.items():
        parts.append(f"### {risk} {name}\n| attempt | answer | test |\n|---|---|---|\n" + "\n".join(_rows(risk)))
    return "\n\n".join(parts) + "\n"


def with_attempts(text: str) -> str:
    """The document with the chapter in place of the one that it has; it is the last."""
    return text.partition(HEADING)[0] + chapter_of_attempts()


def _rows(risk: str) -> Iterator[str]:
    for attempt in ATTEMPTS:
        if attempt.risk == risk:
            yield f"| {attempt.what} | {_answer(attempt)} | |"
    if risk == "API10":
        for record in RECORDS:
            yield f"| {record.what} | {record.becomes} | |"
    for one in ELSEWHERE:
        if one.risk == risk:
            yield f"| {one.what} | {one.answer} | `{Path(one.test.partition('::')[0]).name}` |"


def _answer(attempt: Attempt) -> str:
    return f"{attempt.answer} `{attempt.says}`" if attempt.says else str(attempt.answer)


if __name__ == "__main__":
    FILE.write_text(with_attempts(FILE.read_text(encoding="utf-8")), encoding="utf-8")
