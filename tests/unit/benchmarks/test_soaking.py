from scenarios.benchmarks.soaking import Sample, counted, decisions, growth

METRICS = """\
# HELP seatlog_decisions_total Events appended to the log and confirmed, by type
# TYPE seatlog_decisions_total counter
seatlog_decisions_total{type="seats-held"} 120.0
seatlog_decisions_total{type="hold-refused"} 3.0
# TYPE seatlog_claims_total counter
seatlog_claims_total 3.0
"""


def samples(resident, held):
    return [
        Sample(float(at), {"decider": size}, {"seats-held": count})
        for at, (size, count) in enumerate(zip(resident, held, strict=True))
    ]


def test_decisions_are_read_from_the_deciders_metrics():
    assert decisions(METRICS) == {"seats-held": 120.0, "hold-refused": 3.0}


def test_a_decider_that_has_decided_nothing_has_no_decisions():
    assert decisions("# TYPE other gauge\nother 1.0\n") == {}


def test_growth_is_between_the_first_and_the_last_fifth():
    grown = samples([100, 100, 100, 300, 100, 100, 500, 900, 900, 900], range(10))
    assert growth(grown, "decider") == 800


def test_commands_are_counted_over_the_same_time():
    assert counted(samples([1] * 10, range(0, 100, 10)), ["seats-held", "seats-released"]) == 70
