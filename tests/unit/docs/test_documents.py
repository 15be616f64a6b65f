"""What the documents name is there: files, headings, make targets, commands, classes and their members."""

from pathlib import Path

import pytest

from tests.document_claims import (
    broken_links,
    foreign_addresses,
    missing_chapters,
    missing_commands,
    missing_members,
    missing_paths,
    missing_targets,
)
from tests.documents import DOCUMENTS, PROJECT

CLAIMS = (foreign_addresses, missing_paths, missing_members, missing_targets, missing_commands)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_what_a_document_names_is_there(document: Path):
    text = document.read_text(encoding="utf-8")
    findings = [*broken_links(document, text), *(finding for claim in CLAIMS for finding in claim(text))]
    assert findings == []


def test_what_code_says_of_the_documents_is_there():
    rooms = ("contracts", "write_side", "projections", "read_side", "scenarios")
    sources = [path for room in rooms for path in (PROJECT / room).rglob("*.py")]
    findings = [f"{path}: {each}" for path in sources for each in missing_chapters(path.read_text(encoding="utf-8"))]
    assert findings == []


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        (foreign_addresses, "see https://example.org/simple"),
        (missing_paths, "as `contracts/sales.py` says"),
        (missing_paths, "as `selling.py` says"),
        (missing_members, "by `Decider.guess`"),
        (missing_members, "by `Guesser.decide`"),
        (missing_targets, "run `make money`"),
        (missing_targets, "```sh\nmake money\n```\n"),
        (missing_commands, "run `python -m write_side.guess`"),
        (missing_commands, "run `python -m read_side.replay guess`"),
        (missing_commands, "run `python -m scenarios guess`"),
        (missing_chapters, 'see docs/architecture.md,\n# "The guess log"'),
        (missing_chapters, "see docs/guesses.md"),
    ],
)
def test_a_claim_that_is_not_true_is_found(claim, text):
    assert len(list(claim(text))) == 1


@pytest.mark.parametrize("link", ["nowhere.md", "glossary.md#nothing", "#nothing"])
def test_a_link_that_leads_nowhere_is_found(link):
    document = PROJECT / "docs" / "style.md"
    assert len(list(broken_links(document, f"# Heading\nsee [it]({link})"))) == 1
