from scenarios.benchmarks.domain_speed import measure_deciding, measure_seating
from scenarios.benchmarks.pace import quick_pace


def test_the_rules_are_measured_without_any_server():
    said = []
    rows = [*measure_deciding(quick_pace(said.append)), *measure_seating(quick_pace(said.append))]
    assert {row.name for row in rows} >= {"decide_hold", "decide_and_record", "best_available"}
    assert all(row.value > 0 for row in rows)
    assert said
