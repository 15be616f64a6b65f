"""What Seatlog is made of, looked at from outside: `python -m scenarios.stack.audit`, or `make audit`.

Do the installed packages fit together, may what the product runs on be passed on, and is anything known against what is
locked? The last is asked of the package index, with pip-audit. It says "no known vulnerabilities" of packages that it
could not ask about too; here that is an exit code of its own.

Exit codes: 0 well; 1 something was found; 3 nothing was found, but what is known against packages could not be asked.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from email.message import Message
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from scenarios.stack.services import PROJECT

WELL: Final = 0
FOUND: Final = 1
NOT_ASKED: Final = 3
EVERYTHING: Final = PROJECT / "requirements.lock"
RUNTIME: Final = PROJECT / "requirements-runtime.lock"
PERMISSIVE: Final = ("MIT", "BSD", "Apache", "PSF", "Python Software Foundation", "ISC", "MPL", "Mozilla")
BINDING: Final = ("GPL", "Affero", "SSPL", "Server Side", "BUSL", "Commons Clause")
"""Licences that bind whoever runs or passes on the product; the local stack and the tests may use them."""
AUDITOR: Final = "pip_audit"
_LOCKED: Final = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
_ASK_SECONDS: Final = 15
_AUDIT_SECONDS: Final = 600


class Vulnerability(msgspec.Struct):
    """One thing that is known against a version."""

    id: str
    fix_versions: list[str] = []


class Audited(msgspec.Struct):
    """One package as pip-audit tells of it; with a `skip_reason` nothing was asked."""

    name: str
    version: str | None = None
    vulns: list[Vulnerability] = []
    skip_reason: str | None = None


class Told(msgspec.Struct):
    """All that pip-audit tells."""

    dependencies: list[Audited]


def main() -> int:
    """Look at everything and print a line for each part."""
    if find_spec(AUDITOR) is None:
        print("audit: pip-audit is not installed here: run `make setup`.")
        return FOUND
    found = [*_misfits(), *_binding_licences(RUNTIME.read_text(encoding="utf-8"))]
    asked = _known_against(EVERYTHING)
    found += [] if asked is None else vulnerabilities(asked)
    for finding in found:
        print(f"audit: {finding}")
    if asked is None:
        print(
            "audit: NOT ASKED: the package index does not tell from here what is known against packages; "
            "run `make audit` where it does."
        )
    elif not found:
        print(f"audit: nothing is known against {len(asked)} packages; they fit together, and may be passed on.")
    return FOUND if found else NOT_ASKED if asked is None else WELL


def locked(lock: str) -> list[tuple[str, str]]:
    """Names and versions in a lock."""
    return _LOCKED.findall(lock)


def licence_fault(about: Message) -> str | None:
    """Why a package may not be part of the product, or None. `about` is its metadata."""
    classifiers = [text for text in about.get_all("Classifier") or [] if text.startswith("License")]
    told = " ".join([about.get("License-Expression") or "", (about.get("License") or "")[:100], *classifiers])
    bound = next((word for word in BINDING if word in told), None)
    if bound is not None:
        return f"{about['Name']} is under a licence that binds the product ({bound})"
    if not any(word in told for word in PERMISSIVE):
        return f"{about['Name']} is under a licence that nobody here has judged: {told.strip() or 'none is named'}"
    return None


def unasked(told: Sequence[Audited]) -> list[str]:
    """The packages about which nothing was asked."""
    return [each.name for each in told if each.skip_reason is not None]


def vulnerabilities(told: Sequence[Audited]) -> Iterator[str]:
    """What is known against them, a sentence each, and about whom nothing could be asked."""
    for each in told:
        for one in each.vulns:
            mended = ", ".join(one.fix_versions) or "no version yet"
            yield f"{each.name} {each.version}: {one.id}, mended in {mended}"
    if left := unasked(told):
        yield f"nothing could be asked about {', '.join(left)}"


def _misfits() -> Iterator[str]:
    done = _run("pip", "check", "--disable-pip-version-check", seconds=_AUDIT_SECONDS)
    if done.returncode != 0:
        yield from done.stdout.splitlines()


def _binding_licences(lock: str) -> Iterator[str]:
    for name, _ in locked(lock):
        fault = licence_fault(metadata.metadata(name))  # type: ignore[arg-type] # it is one, by another name
        if fault is not None:
            yield fault


def _known_against(lock: Path) -> list[Audited] | None:
    """What is known against the packages of a lock; None if the index does not tell.

    It is asked about one package first, so that an index that cannot answer is not asked a hundred times.
    """
    name, version = locked(lock.read_text(encoding="utf-8"))[0]
    probe = _audit("-r", "/dev/stdin", given=f"{name}=={version}\n")
    if probe is None or unasked(probe):
        return None
    return _audit("-r", str(lock))


def _audit(*which: str, given: str | None = None) -> list[Audited] | None:
    options = ("--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json", f"--timeout={_ASK_SECONDS}")
    done = _run(AUDITOR, *options, *which, given=given, seconds=_AUDIT_SECONDS)
    try:
        return msgspec.json.decode(done.stdout, type=Told).dependencies
    except msgspec.DecodeError:
        return None  # it ends with a traceback when nobody answers


def _run(module: str, *arguments: str, seconds: float, given: str | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


if __name__ == "__main__":
    sys.exit(main())
