"""Attempts that tests of their own make, so that nothing is tried twice: risk, what is tried, and where."""

from typing import Final, NamedTuple


class Elsewhere(NamedTuple):
    """`test` is file::function, below tests/."""

    risk: str
    what: str
    answer: str
    test: str


_BAD_HTTP: Final = "adapters/command_api/test_bad_http.py"
_QUESTIONS: Final = "adapters/query_api/test_limits.py"
_PRODUCTION: Final = "unit/contracts/test_production.py"
ELSEWHERE: Final = (
    Elsewhere(
        "API1",
        "list another's bookings",
        "an empty list",
        "adapters/query_api/test_own_things.py::test_bookings_newest_first_in_pages",
    ),
    Elsewhere(
        "API2",
        "use a remembered token after its time",
        "401",
        "unit/contracts/test_tokens.py::test_a_remembered_token_expires_all_the_same",
    ),
    Elsewhere(
        "API4",
        "a body without a length that does not end",
        "413",
        f"{_BAD_HTTP}::test_a_chunked_body_is_counted_while_it_comes",
    ),
    Elsewhere("API4", "go on sending after the refusal", "413", f"{_BAD_HTTP}::test_who_goes_on_sending_is_told_413"),
    Elsewhere(
        "API4", "a body that comes byte by byte", "408", f"{_BAD_HTTP}::test_a_body_that_does_not_end_is_408_in_time"
    ),
    Elsewhere(
        "API4",
        "headers and lines without end",
        "431",
        "unit/contracts/test_request_head.py::test_a_head_over_the_limit_is_431_and_the_end",
    ),
    Elsewhere(
        "API4",
        "a body whose length is a matter of opinion",
        "400",
        f"{_BAD_HTTP}::test_a_body_whose_end_is_a_matter_of_opinion_is_refused",
    ),
    Elsewhere(
        "API4",
        "more commands than can be answered",
        "503",
        "unit/command_api/test_outbox.py::test_there_is_room_for_so_many_and_no_more",
    ),
    Elsewhere(
        "API4",
        "more commands than deciders can answer in time",
        "503",
        "unit/command_api/test_deciding.py::test_under_twice_the_load_as_much_is_decided_as_can_be_and_all_of_it_in_time",
    ),
    Elsewhere(
        "API4",
        "commands without end while nobody decides",
        "503",
        "adapters/command_api/test_load.py::test_without_a_decider_so_many_are_taken_and_no_more",
    ),
    Elsewhere(
        "API4",
        "ask too often",
        "429",
        "adapters/command_api/test_load.py::test_who_asks_too_often_is_429_and_nothing_of_it_is_recorded",
    ),
    Elsewhere(
        "API4",
        "more connections than are kept",
        "503",
        "unit/contracts/test_connections.py::test_beyond_the_bound_503_until_somebody_goes",
    ),
    Elsewhere(
        "API4",
        "ask the query API too often",
        "429",
        f"{_QUESTIONS}::test_who_asks_too_often_is_told_429_and_when_to_come_again",
    ),
    Elsewhere(
        "API4",
        "more questions than MongoDB answers",
        "503",
        f"{_QUESTIONS}::test_a_question_does_not_wait_for_ever_for_a_connection_to_mongodb",
    ),
    Elsewhere(
        "API4",
        "never read the answer",
        "the connection ends",
        "unit/command_api/test_slow_clients.py::test_who_does_not_read_its_answer_is_let_go",
    ),
    Elsewhere(
        "API5", "any command in any other role", "403", "unit/command_api/test_command_api.py::test_no_other_role_may"
    ),
    Elsewhere(
        "API6",
        "the same command from many sides at once",
        "decided once",
        "unit/domain/test_identity.py::test_what_succeeded_is_not_done_twice_as_long_as_the_show_lives",
    ),
    Elsewhere(
        "API8",
        "start outside development with a known secret",
        "no start",
        f"{_PRODUCTION}::test_a_secret_that_others_may_know_is_none",
    ),
    Elsewhere(
        "API8",
        "start outside development with an open Kafka",
        "no start",
        f"{_PRODUCTION}::test_production_is_what_a_process_is_in_unless_told",
    ),
    Elsewhere(
        "API8",
        "make an API fail",
        "500 that tells nothing",
        "unit/command_api/test_command_api.py::test_an_error_of_ours_is_500_and_tells_nothing",
    ),
    Elsewhere(
        "API9",
        "a command route that is not described",
        "there is none",
        "unit/command_api/test_command_api.py::test_openapi_describes_every_command_with_schemas_that_exist",
    ),
    Elsewhere(
        "API9",
        "a route that docs/http.md does not list",
        "there is none",
        "unit/docs/test_security.py::test_the_document_lists_every_route_and_no_other",
    ),
    Elsewhere(
        "API10",
        "an event record that is none",
        "its partition halts, the others go on",
        "adapters/processor/test_halting.py::test_a_halted_partition_degrades_its_decider_and_no_more",
    ),
    Elsewhere(
        "API10",
        "a log that was cut or rewritten",
        "the projector ends",
        "adapters/projections/test_faulty_logs.py::test_a_log_that_was_rewritten_stops_the_projector",
    ),
    Elsewhere(
        "API10",
        "a record that was changed in the log",
        "`verify` names it",
        "unit/replay/test_audit.py::test_a_planted_fault_is_named",
    ),
)
