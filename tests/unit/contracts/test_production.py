"""What a process refuses to start with outside development, and that development does not mind."""

import secrets
from pathlib import Path

import pytest

from contracts.operations.kafka_access import (
    AccessUnfit,
    KafkaAccess,
    access_from_environment,
    client_settings,
    fit_access,
)
from contracts.operations.production import Environment, demand_production, mongo_fault, secret_fault
from scenarios.stack.guard import token_secret_of
from write_side.processor.settings import Settings

RANDOM = "2d362b4e26c5a887cf7ced81d483521cf180c285d4a613c9a4842371cc5ebea4"
"""Drawn once: tests have the same names in every process."""
SASL = {
    "SEATLOG_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "SEATLOG_KAFKA_SASL_USERNAME": "decider",
    "SEATLOG_KAFKA_SASL_PASSWORD": RANDOM,
}


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch):
    for name in (*SASL, "SEATLOG_KAFKA_CA_FILE", "SEATLOG_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("short", "at least 32 bytes"),
        ("s" * 64, "can be guessed"),
        ("abcabcabc" * 8, "can be guessed"),
        ("0123456789 my secret 0123456789 abc", "'secret'"),
        (f"development-{RANDOM}", "'development'"),
        ("CHANGEME-" + RANDOM, "'changeme'"),
    ],
)
def test_a_secret_that_others_may_know_is_none(secret, why):
    fault = secret_fault("SEATLOG_TOKEN_SECRET", secret)
    assert fault is not None
    assert why in fault
    assert secret not in fault


@pytest.mark.parametrize(
    "servers", ["a:b:c", "", "kafka", "kafka:", ":9092", "::1:9092", "one:9092,", "one:9092 two:9092"]
)
def test_an_address_that_is_none_is_refused(servers):
    with pytest.raises(AccessUnfit, match=r"SEATLOG_KAFKA.*host:port"):
        KafkaAccess(servers=servers)


def test_addresses_are_taken():
    assert str(KafkaAccess(servers="kafka-1:9092, 10.0.0.7:29092,[::1]:9092"))


def test_random_secrets_are_taken():
    assert [secret_fault("X", make(32)) for make in (secrets.token_hex, secrets.token_urlsafe)] == [None, None]


def test_the_secret_of_a_local_stack_is_known_again(tmp_path):
    assert "'development'" in (secret_fault("SEATLOG_TOKEN_SECRET", token_secret_of(tmp_path)) or "")


@pytest.mark.parametrize(
    ("uri", "fit"),
    [
        ("mongodb://127.0.0.1:27117/?replicaSet=seatlog", False),
        ("mongodb://projector@mongo/", False),
        ("mongodb://projector:pass@mongo/?authSource=seatlog", True),
        ("mongodb://mongo/?authMechanism=MONGODB-X509&tls=true", True),
    ],
)
def test_a_mongodb_is_used_with_a_user_and_a_password(uri, fit):
    assert (mongo_fault(uri) is None) is fit


def test_faults_end_a_process_outside_development_only():
    demand_production("decider", Environment.DEVELOPMENT, "this is open", None)
    demand_production("decider", Environment.PRODUCTION, None)
    with pytest.raises(SystemExit, match="decider: not fit for production: this is open; that too; mend"):
        demand_production("decider", Environment.PRODUCTION, "this is open", None, "that too")


def test_production_is_what_a_process_is_in_unless_told(monkeypatch):
    with pytest.raises(SystemExit, match="SEATLOG_KAFKA_SECURITY_PROTOCOL is PLAINTEXT"):
        fit_access("decider", Settings())
    monkeypatch.setenv("SEATLOG_ENVIRONMENT", "development")
    assert not fit_access("decider", Settings()).lasting


def test_in_production_the_topics_must_outlive_a_broker(monkeypatch):
    for name, value in SASL.items():
        monkeypatch.setenv(name, value)
    access = fit_access("decider", Settings())
    assert (access.lasting, access.username, access.protocol) == (True, "decider", "SASL_SSL")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"SEATLOG_KAFKA_SASL_PASSWORD": None}, "SEATLOG_KAFKA_SASL_PASSWORD are needed too"),
        ({"SEATLOG_KAFKA_SECURITY_PROTOCOL": None}, "would not be used"),
        ({"SEATLOG_KAFKA_SECURITY_PROTOCOL": "SSL"}, "must be PLAINTEXT or SASL_SSL"),
        ({"SEATLOG_KAFKA_CA_FILE": "/nowhere/ca.pem"}, "there is no file"),
        ({"SEATLOG_KAFKA_CA_FILE": __file__}, "holds no certificate"),
    ],
)
def test_an_access_that_contradicts_itself_is_refused(changes, why):
    variables = {name: value for name, value in (SASL | changes).items() if value is not None}
    with pytest.raises(AccessUnfit, match=why):
        access_from_environment("kafka:1", variables).ssl_context()


def test_every_client_gets_the_same():
    access = access_from_environment("kafka:1", SASL, lasting=True)
    assert access.lasting
    given = client_settings(access)
    assert (given["security_protocol"], given["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (given["sasl_plain_username"], given["sasl_plain_password"]) == ("decider", RANDOM)
    assert given["ssl_context"].check_hostname
    assert client_settings("kafka:1") == client_settings(KafkaAccess(servers="kafka:1"))


def test_a_password_is_not_shown():
    assert RANDOM not in repr(access_from_environment("kafka:1", SASL))


def test_a_wrong_variable_of_a_process_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("SEATLOG_KAFKA_CA_FILE", str(Path(tmp_path) / "ca.pem"))
    with pytest.raises(SystemExit, match="decider: SEATLOG_KAFKA_SECURITY_PROTOCOL is PLAINTEXT: user, password"):
        fit_access("decider", Settings())
