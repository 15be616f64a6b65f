from scenarios.shown_metrics import ShownMetrics

METRICS = ShownMetrics("""\
# HELP seatlog_decisions_total Events appended to the log and confirmed, by type
# TYPE seatlog_decisions_total counter
seatlog_decisions_total{type="seats-held"} 120.0
seatlog_decisions_total{type="hold-refused"} 3.0
# TYPE seatlog_decisions_created gauge
seatlog_decisions_created{type="seats-held"} 1.7e+09
# TYPE seatlog_owned_partitions gauge
seatlog_owned_partitions 2.0
""")


def test_values_are_told_by_label():
    assert METRICS.by_label("seatlog_decisions_total", "type") == {"seats-held": 120.0, "hold-refused": 3.0}


def test_values_are_added_up_over_labels():
    assert METRICS.total("seatlog_decisions_total") == 123.0
    assert METRICS.total("seatlog_owned_partitions") == 2.0


def test_what_is_not_shown_is_nothing():
    assert METRICS.by_label("seatlog_claims_total", "type") == {}
    assert METRICS.total("seatlog_decisions") == 0.0
