"""The real OpenAPI thrown at the real house: no 5xx, every answer as described, every failure in its dialect's shape."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.clients import Caller
from tests.factories.accounts import UserFactory

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EXAMPLES = 5
# Endpoints that end the very session the fuzzer calls with, or close the house for it.
SPARED = ("/auth/signOut", "/api/auth/logout", "/api/auth/sign-out", "/api/v1/auth/logout", "/api/v1/admin/maintenance")


def operations():
    api = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    api.app = get_wsgi_application()
    return [found.ok() for found in api.get_all_operations()]


def is_spared(operation):
    streams = any(
        "text/event-stream" in answer.get("content", {})
        for answer in operation.definition.raw.get("responses", {}).values()
    )
    return streams or operation.path in SPARED


def fuzz(operation, headers, mode):
    @seed(20260301)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def throw(case):
        case.call_and_validate(headers=headers, checks=CHECKS)

    throw()


@pytest.fixture
def _kept_connection():
    """A request would close the connection, and with it the test's own transaction; Django's client does the same."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("_kept_connection")
@pytest.mark.filterwarnings("ignore")  # the generator's own, about schemas that it cannot negate
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as described", "spoilt"])
def test_every_operation_answers_as_described(mode):
    someone = UserFactory(email="fuzz@example.com", username="fuzz", is_staff=True, role="admin")
    headers = {"Authorization": Caller.signed_in_as(someone).client.defaults["HTTP_AUTHORIZATION"]}
    faults = []
    for operation in operations():
        if is_spared(operation):
            continue
        try:
            fuzz(operation, headers, mode)
        except Unsatisfiable:
            continue  # nothing about it can be spoilt
        except (Exception, BaseExceptionGroup) as fault:  # noqa: BLE001 -- gathered, so that one run shows all
            faults.append(f"{operation.method.upper()} {operation.path}: {fault}")
    assert not faults, "\n\n".join(faults)
