"""How the documents of the read models are called."""

from contracts.read_models import COLLECTIONS, collection_name, section_id
from contracts.records import place_text


def test_each_generation_has_collections_of_its_own():
    names = {collection_name(name, generation) for name in COLLECTIONS for generation in (1, 2)}
    assert len(names) == 2 * len(COLLECTIONS)
    assert "shows_g2" in names


def test_a_commands_place_as_people_read_it():
    assert place_text(2, 17, 3) == "2.17.3"


def test_the_sections_of_a_show_are_a_range_of_ids():
    assert section_id("hamlet", "A") == "hamlet/A"
    assert section_id("hamlet", "A") < section_id("hamlet", "B") < "hamlet0" < section_id("hamlet1", "A")
