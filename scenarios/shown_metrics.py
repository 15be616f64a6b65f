"""What a process shows of itself under /metrics, read from outside."""

from collections import defaultdict

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


class ShownMetrics:
    """One page of /metrics. Names are those that stand there: a counter's ends in `_total`."""

    def __init__(self, text: str) -> None:
        self._samples: dict[str, list[Sample]] = defaultdict(list)
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                self._samples[sample.name].append(sample)

    def total(self, name: str) -> float:
        """The sum over all labels; 0 if there is none of that name."""
        return sum((sample.value for sample in self._samples.get(name, ())), 0.0)

    def by_label(self, name: str, label: str) -> dict[str, float]:
        """The values of a metric that has one label, by that."""
        return {sample.labels[label]: sample.value for sample in self._samples.get(name, ())}
