"""`python -m scenarios judge DIR`: a folder is judged by what is in it, and nothing else."""

import subprocess
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from scenarios.__main__ import build
from scenarios.history import EVENTS_FILE, READ_MODELS_FILE, REQUESTS_FILE, SUMS_FILE, write_history
from scenarios.nemesis.document_rows import rows_of
from tests.documents_in_memory import found_in, projected
from tests.log_writer import a_sale
from tests.told_history import told_history


def judged(folder: Path, *more: str) -> Result:
    arguments = ["judge", str(folder), *more]
    return CliRunner().invoke(build(arguments), arguments)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """What an honest sale has left."""
    log = a_sale()
    read_models = rows_of(found_in(await projected(log)))
    write_history(tmp_path, told_history(log), msgspec.json.encode(read_models))
    return tmp_path


def test_of_an_honest_sale_nothing_is_found(folder: Path):
    result = judged(folder)
    assert result.exit_code == 0, result.output
    assert "NOT TRUE" not in result.output
    told = msgspec.json.decode(judged(folder, "--json").stdout)
    assert told["events"] == len((folder / EVENTS_FILE).read_bytes().splitlines())
    assert {"holders", "oracle", "log", "reads", "documents"} <= {each["check"] for each in told["verdicts"]}


def found_by(result: Result) -> set[str]:
    """The checks that have found something."""
    return {each["check"] for each in msgspec.json.decode(result.stdout)["verdicts"] if each["findings"]}


def test_without_documents_the_rest_is_judged(tmp_path: Path):
    write_history(tmp_path, told_history(a_sale()))
    result = judged(tmp_path, "--json")
    assert result.exit_code == 0
    assert "documents" not in {each["check"] for each in msgspec.json.decode(result.stdout)["verdicts"]}


def test_documents_that_got_lost_or_came_later_are_found(folder: Path, tmp_path: Path):
    documents = (folder / READ_MODELS_FILE).read_bytes()
    (folder / READ_MODELS_FILE).unlink()
    assert found_by(judged(folder, "--json")) == {"files"}
    write_history(tmp_path, told_history(a_sale()))
    (tmp_path / READ_MODELS_FILE).write_bytes(documents)
    assert found_by(judged(tmp_path, "--json")) == {"files"}


def test_requests_that_were_left_out_are_found(folder: Path):
    """No checker can know of a refusal that nobody tells of."""
    lines = (folder / REQUESTS_FILE).read_bytes().splitlines(keepends=True)
    (folder / REQUESTS_FILE).write_bytes(b"".join(line for line in lines if b'"status":409' not in line))
    assert found_by(judged(folder, "--json")) == {"files"}


def test_any_client_can_check_the_sums(folder: Path):
    subprocess.run(["sha256sum", "--check", "--strict", SUMS_FILE], cwd=folder, check=True, capture_output=True)


def test_without_sums_nothing_can_be_said(folder: Path):
    (folder / SUMS_FILE).unlink()
    result = judged(folder)
    assert result.exit_code == 65
    assert SUMS_FILE in result.stderr


@pytest.mark.parametrize(
    ("file", "true", "false", "check"),
    [
        (EVENTS_FILE, '\\"seats\\":[\\"A-1-1', '\\"seats\\":[\\"A-1-9', "oracle"),
        (REQUESTS_FILE, '"status":201', '"status":409', "answers"),
        (READ_MODELS_FILE, '"status":"booked"', '"status":"held"', "documents"),
    ],
)
def test_what_was_changed_afterwards_is_found(folder: Path, file: str, true: str, false: str, check: str):
    text = (folder / file).read_text(encoding="utf-8")
    assert true in text
    (folder / file).write_text(text.replace(true, false, 1), encoding="utf-8")
    result = judged(folder, "--json")
    assert result.exit_code == 1
    assert {check, "files"} <= found_by(result)


@pytest.mark.parametrize("file", [EVENTS_FILE, REQUESTS_FILE, READ_MODELS_FILE])
def test_a_file_that_was_cut_is_named(folder: Path, file: str):
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: len(content) - 40])
    result = judged(folder)
    assert result.exit_code == 65
    assert file in result.stderr


def test_a_folder_that_is_none_is_named(tmp_path: Path):
    result = judged(tmp_path / "nowhere")
    assert result.exit_code == 65
    assert "nowhere" in result.stderr
