"""The OpenAPI: valid, silent while it is made, and whole."""

import re

import pytest
from django.test import Client
from django.urls import get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from config.dialects import DIALECTS, spoken_on
from config.dialects.base import WireViewSet


@pytest.fixture(scope="module")
def schema():
    GENERATOR_STATS.reset()
    made = SchemaGenerator().get_schema(request=None, public=True)
    said = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
    assert not said, "\n".join(map(str, said))
    return made


def routes(patterns=None, prefix=""):
    """(path as OpenAPI writes it, methods) of every endpoint of a dialect."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern)).lstrip("^")
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, path)
        elif issubclass(getattr(pattern.callback, "cls", object), WireViewSet):
            yield f"/{path}", {method for method in pattern.callback.actions if method != "head"}


class TestSchema:
    def test_is_valid_openapi_3_1(self, schema):
        assert schema["openapi"] == "3.1.0"
        validate_schema(schema)

    def test_describes_every_routed_endpoint(self, schema):
        described = {path: set(methods) for path, methods in schema["paths"].items()}
        missing = [path for path, methods in routes() if not methods <= described.get(path.rstrip("/"), set())]
        assert not missing
        assert len(described) > 30

    def test_names_every_operation_once(self, schema):
        names = [operation["operationId"] for methods in schema["paths"].values() for operation in methods.values()]
        assert len(names) == len(set(names))

    def test_every_operation_belongs_to_its_dialect_and_says_what_failure_looks_like(self, schema):
        titles = {dialect.name: dialect.title for dialect in DIALECTS}
        for path, methods in schema["paths"].items():
            for operation in methods.values():
                dialect = operation["operationId"].partition("_")[0]
                title = titles.get(dialect, titles["better_auth"])
                assert [tag.partition(":")[0] for tag in operation["tags"]] == [title]
                assert "default" in operation["responses"]
                if spoken := spoken_on(path):
                    assert operation["operationId"].startswith(spoken.name)

    def test_old_addresses_are_marked(self, schema):
        assert schema["paths"]["/health"]["get"]["deprecated"] is True
        assert "deprecated" not in schema["paths"]["/api/v1/health"]["get"]

    def test_says_where_a_credential_may_travel(self, schema):
        ways = schema["paths"]["/entities/create"]["post"]["security"]
        assert ways == [{"bearer": []}, {"apiKey": []}, {"cookie": []}, {"sessionToken": []}]
        assert {} in schema["paths"]["/auth/getCurrentUser"]["get"]["security"]
        assert "security" not in schema["paths"]["/auth/signIn"]["post"]
        products = schema["paths"]["/api/v1/marketplace/products"]
        assert ({} in products["get"]["security"], {} in products["post"]["security"]) == (True, False)
        assert set(schema["components"]["securitySchemes"]) == {"bearer", "apiKey", "cookie", "sessionToken"}

    def test_names_the_headers_that_count(self, schema):
        orders = schema["paths"]["/api/v1/marketplace/orders"]
        refund = schema["paths"]["/api/v1/marketplace/orders/{order_id}/refund"]["post"]
        for keyed, status in ((orders["post"], "201"), (refund, "200")):
            assert [each["name"] for each in keyed["parameters"] if each["in"] == "header"] == ["Idempotency-Key"]
            told = {"Idempotent-Replayed", "X-RateLimit-Limit", "X-RateLimit-Remaining"}
            assert set(keyed["responses"][status]["headers"]) == told
        default = orders["get"]["responses"]["default"]["headers"]
        assert set(default) == {"Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining"}
        assert set(schema["components"]["headers"]) == set(default)

    def test_is_served(self, db, schema):
        answer = Client().get("/schema/", headers={"accept": "application/vnd.oai.openapi+json"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/vnd.oai.openapi+json")
        assert set(answer.json()["paths"]) == set(schema["paths"])
        assert Client().get("/schema/").content.startswith(b"openapi: 3.1.0")


class TestDocs:
    def test_take_everything_from_this_house(self, db):
        page = Client().get("/docs/").content.decode()
        assert "swagger-ui" in page
        loaded = re.findall(r"(?:src|href)=[\"']([^\"']+)[\"']", page)
        assert loaded
        assert not [address for address in loaded if address.startswith(("http:", "https:", "//"))]
        assert all("src=" in tag for tag in re.findall(r"<script\b[^>]*>", page))
        assert Client().get("/docs/?script=").status_code == 200
