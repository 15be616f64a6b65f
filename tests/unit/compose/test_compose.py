"""compose.yaml says what the Compose Specification allows, and the same as the local stack. Nobody has run it here."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from scenarios.stack.services import MODULES, PROJECT

SCHEMA = json.loads(Path(__file__).with_name("compose-spec.json").read_text(encoding="utf-8"))


@pytest.fixture
def composed() -> dict[str, Any]:
    return yaml.safe_load((PROJECT / "compose.yaml").read_text(encoding="utf-8"))


def test_it_is_what_the_specification_allows(composed: dict[str, Any]) -> None:
    jsonschema.Draft201909Validator(SCHEMA).validate(composed)


def test_the_check_sees_a_mistake(composed: dict[str, Any]) -> None:
    composed["services"]["decider"]["replicas_please"] = 3
    with pytest.raises(jsonschema.ValidationError, match="replicas_please"):
        jsonschema.Draft201909Validator(SCHEMA).validate(composed)


@pytest.mark.parametrize(("service", "module"), MODULES.items())
def test_each_service_runs_the_module_of_the_local_stack(composed: dict[str, Any], service: str, module: str) -> None:
    assert composed["services"][service]["command"] == ["python", "-m", module]


def test_every_dependency_is_a_service(composed: dict[str, Any]) -> None:
    services = composed["services"]
    assert {needed for service in services.values() for needed in service.get("depends_on", {})} <= set(services)


def test_the_scaled_service_claims_nothing_that_exists_once(composed: dict[str, Any]) -> None:
    assert not {"container_name", "ports", "volumes"} & set(composed["services"]["decider"])
