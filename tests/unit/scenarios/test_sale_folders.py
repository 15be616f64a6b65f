"""Where a sale leaves its report and its history is known to exist before anything is sold."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from scenarios.__main__ import build


@pytest.mark.parametrize("option", ["--history", "--report"])
def test_a_folder_that_cannot_be_made_is_refused_at_once(tmp_path: Path, option: str) -> None:
    (tmp_path / "file").write_text("in the way")
    below = str(tmp_path / "file" / "below" / "report.html")
    words = ["flash-sale", option, below, "--folder", str(tmp_path / "no-stack")]
    result = CliRunner().invoke(build(words), words)
    assert result.exit_code == 2
    assert "cannot be" in result.stderr
    assert "Looking for a stack" not in result.output
