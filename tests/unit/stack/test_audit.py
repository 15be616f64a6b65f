"""The audit: what it finds, and that it does not take silence for good news."""

from email.message import Message

import pytest

from scenarios.stack import audit
from scenarios.stack.audit import EVERYTHING, FOUND, NOT_ASKED, RUNTIME, WELL, Audited, Vulnerability

KNOWN = Audited(name="left-pad", version="1.0", vulns=[Vulnerability(id="CVE-1", fix_versions=["1.1"])])
CLEAN = Audited(name="idna", version="3.20")
SKIPPED = Audited(name="idna", skip_reason="Dependency not found")


def about(**fields: str) -> Message:
    message = Message()
    message["Name"] = "left-pad"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    return message


@pytest.fixture
def audited(monkeypatch, capsys):
    """The exit code and the words of an audit that is told this."""

    def run(told, misfits=(), installed=True):
        monkeypatch.setattr(audit, "find_spec", lambda _: installed or None)
        monkeypatch.setattr(audit, "_known_against", lambda _: told)
        monkeypatch.setattr(audit, "_misfits", lambda: iter(misfits))
        return audit.main(), capsys.readouterr().out

    return run


def test_what_the_product_runs_on_may_be_passed_on(audited):
    code, said = audited([CLEAN])
    assert (code, said.count("\n")) == (WELL, 1)


def test_a_vulnerability_is_named(audited):
    code, said = audited([CLEAN, KNOWN])
    assert code == FOUND
    assert "left-pad 1.0: CVE-1, mended in 1.1" in said


def test_packages_that_do_not_fit_are_named(audited):
    assert audited([CLEAN], ["a needs b"]) == (FOUND, "audit: a needs b\n")


def test_an_auditor_that_is_not_there_is_missed(audited):
    code, said = audited([CLEAN], installed=False)
    assert (code, "make setup" in said) == (FOUND, True)


def test_silence_is_no_good_news(audited):
    code, said = audited(None)
    assert code == NOT_ASKED
    assert "NOT ASKED" in said


def test_one_package_about_which_nothing_was_asked_is_a_finding(audited):
    code, said = audited([CLEAN, SKIPPED])
    assert code == FOUND
    assert "nothing could be asked about idna" in said


@pytest.mark.parametrize("first", [None, [SKIPPED]], ids=["nobody answers", "the package is not known there"])
def test_an_index_that_cannot_tell_is_asked_once(monkeypatch, first):
    asked = []
    monkeypatch.setattr(audit, "_audit", lambda *which, given=None: asked.append(which) or first)
    assert audit._known_against(EVERYTHING) is None
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        (about(License_Expression="MIT OR Apache-2.0"), None),
        (about(License="BSD-3-Clause"), None),
        (about(Classifier="License :: OSI Approved :: MIT License"), None),
        (about(License_Expression="AGPL-3.0-only"), "binds the product"),
        (about(Classifier="License :: OSI Approved :: GNU General Public License v3 (GPLv3)"), "binds the product"),
        (about(License="Server Side Public License"), "binds the product"),
        (about(), "none is named"),
        (about(License="ask my lawyer"), "ask my lawyer"),
    ],
)
def test_licences_are_judged(told, fault):
    found = audit.licence_fault(told)
    assert (found is None) if fault is None else fault in (found or "")


def test_the_locks_are_read_whole():
    for lock in (EVERYTHING, RUNTIME):
        names = [name for name, _ in audit.locked(lock.read_text(encoding="utf-8"))]
        assert "aiokafka" in names
        assert len(names) == len(set(names)) > 50
