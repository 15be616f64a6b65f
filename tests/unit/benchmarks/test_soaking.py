from scenarios.benchmarks.soaking import Sample, counted, growth


def samples(resident, held):
    return [
        Sample(float(at), {"decider": size}, {"seats-held": count})
        for at, (size, count) in enumerate(zip(resident, held, strict=True))
    ]


def test_growth_is_between_the_first_and_the_last_fifth():
    grown = samples([100, 100, 100, 300, 100, 100, 500, 900, 900, 900], range(10))
    assert growth(grown, "decider") == 800


def test_commands_are_counted_over_the_same_time():
    assert counted(samples([1] * 10, range(0, 100, 10)), ["seats-held", "seats-released"]) == 70
