"""A benchmark that could not measure what it says."""


class BenchmarkFailure(Exception):
    """Something was not as the benchmark needs it, so its figure would be wrong; the message says what."""
