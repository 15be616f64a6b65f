"""Starting a process: help without starting it, and wrong settings as a sentence."""

import pytest

from contracts.operations.command_line import settings_from_environment
from read_side.api.settings import QueryApiSettings
from write_side.processor.settings import Settings


def test_help_lists_every_variable_and_starts_nothing(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["api", "--help"])
    with pytest.raises(SystemExit) as ended:
        settings_from_environment("read_side.api", "The query API.", QueryApiSettings)
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "SEATLOG_TOKEN_SECRET  (required)" in told
    assert "SEATLOG_PORT  default 8082" in told


def test_an_argument_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["decider", "--prot", "1"])
    with pytest.raises(SystemExit) as ended:
        settings_from_environment("write_side.processor", "A decider.", Settings)
    assert ended.value.code == 2
    assert "unrecognized arguments: --prot 1" in capsys.readouterr().err


def test_a_wrong_variable_is_named(monkeypatch):
    monkeypatch.setattr("sys.argv", ["decider"])
    monkeypatch.setenv("SEATLOG_SESSION_SECONDS", "soon")
    with pytest.raises(SystemExit, match="SEATLOG_SESSION_SECONDS: Input should be a valid number"):
        settings_from_environment("write_side.processor", "A decider.", Settings)


def test_an_error_that_is_no_setting_s_is_not_hidden(monkeypatch):
    monkeypatch.setattr("sys.argv", ["decider"])

    def broken() -> Settings:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        settings_from_environment("write_side.processor", "A decider.", broken)
