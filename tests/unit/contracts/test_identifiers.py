"""Ids are the same wherever they are made."""

import pytest

from contracts.identifiers import expiry_command_id, is_show_id, is_uuid, keyed_command_id, scheduled_show_id
from contracts.records import next_place, receipt, record_hash
from contracts.topics import TOPICS, partition_of, pseudo_show


@pytest.mark.parametrize("text", ["hamlet", "7", "hamlet-2027", "x" * 64, "0191d2a8-7c1e-7000-8000-000000000001"])
def test_slugs_and_uuids_name_shows(text):
    assert is_show_id(text)


@pytest.mark.parametrize("text", ["", "-a", "Hamlet", "ham let", "hämlet", "x" * 65, "a\n", "~0"])
def test_nothing_else_does(text):
    assert not is_show_id(text)


def test_ids_made_from_a_key_never_change():
    assert scheduled_show_id("globe", "key") == "fc389a11-d30e-5627-a4c9-cd14dbdd4eaf"
    assert keyed_command_id("ann", "hamlet", "key") == "c180fd43-a110-5206-8329-8cf1168251c0"
    assert expiry_command_id("hold") == "2f66bbf1-fc63-5803-826b-be5b84ec986d"


def test_ids_of_different_origin_differ():
    ids = {
        scheduled_show_id("ann", "key"),
        keyed_command_id("ann", "hamlet", "key"),
        keyed_command_id("bob", "hamlet", "key"),
        keyed_command_id("ann", "macbeth", "key"),
        keyed_command_id("ann", "hamlet", "lock"),
        expiry_command_id("key"),
    }
    assert len(ids) == 6
    assert all(map(is_uuid, ids))
    assert is_show_id(scheduled_show_id("ann", "key"))


@pytest.mark.parametrize(
    "text", ["", "key", "0191D2A8-7C1E-7000-8000-000000000001", "0191d2a87c1e70008000000000000001"]
)
def test_only_the_canonical_form_is_a_uuid(text):
    assert not is_uuid(text)


def test_a_show_stays_in_its_partition_for_ever():
    check_value = 0xCBF43926  # of CRC-32, for this text, as its definition gives it
    assert [partition_of("123456789", partitions) for partitions in (1, 12, 1000)] == [
        0,
        check_value % 12,
        check_value % 1000,
    ]


def test_no_show_can_be_called_like_a_pseudo_show():
    assert not is_show_id(pseudo_show(3))


def test_topics_are_kept_for_ever():
    assert [topic.name for topic in TOPICS] == ["booking.commands", "booking.events", "booking.deadletters"]
    assert all(topic.settings["retention.ms"] == "-1" for topic in TOPICS)


def test_the_place_after_a_command_is_in_its_record_or_the_next():
    assert next_place((7, 0, 2)) == (7, 1)
    assert next_place((7, 1, 2)) == (8, 0)


def test_a_receipt_names_the_record_and_its_hash():
    digest = record_hash(b"abc")
    assert digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert receipt(2, 17, digest) == f"2:17:{digest}"
