"""README's walk by curl, walked: every command is run as it stands there, and says what stands there."""

import pytest

from scenarios.stack.services import EVERYTHING
from tests.conftest import StartStack
from tests.documents import PROJECT, blocks, chapter
from tests.walks import Step, missing_lines, steps, walk

README = (PROJECT / "README.md").read_text(encoding="utf-8")
GATEWAY = "http://127.0.0.1:8080"
DONE_ALREADY = ("make up\n", "source .venv/bin/activate\n")


def test_the_walk_says_what_the_readme_says(start_stack: StartStack):
    stack = start_stack(EVERYTHING)
    walked = []
    for step in steps(blocks(chapter(README, "A walk by curl"))):
        commands = step.commands.replace(GATEWAY, stack.url("gateway"))
        for line in DONE_ALREADY:
            commands = commands.replace(line, "")
        walked.append(step._replace(commands=commands))
    assert len(walked) == 9
    told = {"SEATLOG_KAFKA": stack.kafka, "SEATLOG_TOKEN_SECRET": stack.token_secret, "COLUMNS": "100"}
    printed = walk(walked, told, PROJECT)
    assert [missing_lines(step, text) for step, text in zip(walked, printed, strict=True)] == [[]] * len(walked)


@pytest.mark.parametrize(
    "line", ["HTTP/1.1 200 OK", '{"show_id":"tosca","version":2}', "location: /shows/carmen", "VERIFIED"]
)
def test_a_line_that_was_not_printed_is_found(line):
    printed = 'HTTP/1.1 201 Created\nlocation: /shows/tosca\n\n{"show_id":"tosca","version":1}\n'
    assert missing_lines(Step("", ["HTTP/1.1 201 Created", line]), printed) == [line]
