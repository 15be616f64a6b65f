"""What makes the fault of a mutant show, planted beside it and in the unmutated process too."""

import asyncio
from random import Random
from typing import Final

from projections.documents import Writes
from projections.mongo_documents import MongoDocuments
from scenarios.nemesis.planting import plant
from scenarios.nemesis.slow_decider import be_slow
from write_side.processor import decider, kafka_logs

PRODUCER_SECONDS: Final = 3.0
"""Less than a broker takes to come back."""
CLAIM_SECONDS: Final = 3.0
WRITE_SECONDS: Final = (0.5, 2.5)
"""Longer than another projector takes for what comes meanwhile."""


def lose_patience() -> None:
    """Appends are slow, and the producer gives up what it cannot send in a few seconds."""
    be_slow()
    vars(kafka_logs)["_REQUEST_TIMEOUT_MS"] = int(PRODUCER_SECONDS * 1000)


def claim_often() -> None:
    """A decider claims its partitions anew every few seconds, as it else does every ten minutes."""
    vars(decider)["CLAIM_EVERY_SECONDS"] = CLAIM_SECONDS


def be_slow_and_claim_often() -> None:
    """Both: what was void between two claims is missing behind the second."""
    be_slow()
    claim_often()


def write_late() -> None:
    """Each write to MongoDB waits before it is sent, so that it meets documents that others have written since."""
    write, random = MongoDocuments.write, Random()

    async def write_later(documents: MongoDocuments, writes: Writes) -> None:
        await asyncio.sleep(random.uniform(*WRITE_SECONDS))
        await write(documents, writes)

    plant(MongoDocuments, "write", write_later)
