"""The check of the topics: what a user may not see, and what outside development is kept too few times."""

from types import SimpleNamespace

import pytest

from contracts.operations import kafka
from contracts.operations.kafka import AccessRefused, TopicsUnfit, check_topics, wait_for_topics
from contracts.operations.kafka_access import KafkaAccess
from contracts.topics import SHARED_SETTINGS, TOPICS

LASTING = KafkaAccess(servers="kafka:1", username="decider", password="p", protocol="SASL_SSL", lasting=True)


class Cluster:
    """Stands in for aiokafka's admin client: all topics alike."""

    def __init__(self, copies: int = 3, in_sync: int = 2, code: int = 0) -> None:
        self.copies, self.in_sync, self.code = copies, in_sync, code

    async def start(self):
        pass

    async def close(self):
        pass

    async def describe_topics(self, topics):
        partition = {"replicas": [*range(self.copies)]}
        return [{"topic": name, "error_code": self.code, "partitions": [partition] * 3} for name in topics]

    async def describe_configs(self, resources):
        more = {**SHARED_SETTINGS, "min.insync.replicas": str(self.in_sync)}
        return [
            SimpleNamespace(
                resources=[(0, None, 2, topic.name, [*(topic.settings | more).items()]) for topic in TOPICS]
            )
        ]


@pytest.fixture
def on(monkeypatch):
    def use(cluster: Cluster) -> None:
        monkeypatch.setattr(kafka, "AIOKafkaAdminClient", lambda **_: cluster)

    return use


@pytest.mark.parametrize(
    ("cluster", "why"),
    [
        (Cluster(copies=1, in_sync=1), "is kept 1 times, but must be 3 times"),
        (Cluster(copies=2), "is kept 2 times, but must be 3 times"),
        (Cluster(in_sync=1), "min.insync.replicas is 1, but must be 2"),
    ],
)
async def test_outside_development_topics_must_outlive_a_broker(on, cluster, why):
    on(cluster)
    with pytest.raises(TopicsUnfit, match=why):
        await check_topics(LASTING)


async def test_topics_that_do_are_fit(on):
    on(Cluster())
    assert await check_topics(LASTING) == 3


async def test_in_development_one_copy_is_enough(on):
    on(Cluster(copies=1, in_sync=1))
    assert await check_topics("kafka:1") == 3


async def test_a_user_without_rights_is_told_so_at_once(on):
    on(Cluster(code=29))
    with pytest.raises(AccessRefused, match="does not let the user 'decider' describe topic"):
        await wait_for_topics(LASTING, seconds=60)
