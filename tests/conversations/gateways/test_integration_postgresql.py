"""PostgreSQL that people name: connected to by listed keywords alone, asked for 1, and its words stay inside."""

import time
from contextlib import ExitStack

import psycopg
import pytest
from django.db import connection

from config import addresses
from conversations.gateways.integrations import ask, postgresql
from conversations.gateways.integrations.results import TestResult
from tests.fakes.postgresql_server import DATABASE, PASSWORD, USER, PostgresHouse, used_by

UNSAFE = {"sslmode": "disable"}


@pytest.fixture
def standing(settings):
    with ExitStack() as stack:

        def stand(house, **more):
            used_by(settings)
            stack.enter_context(house.standing())
            named = {
                "host": "127.0.0.1",
                "port": house.port,
                "database": DATABASE,
                "username": USER,
                "password": PASSWORD,
            }
            return named | UNSAFE | more

        yield stand


class TestConnecting:
    def test_asks_for_one_in_a_session_that_writes_nothing(self, standing):
        house = PostgresHouse()
        assert ask("postgresql", standing(house)) == TestResult(
            connected=True,
            message="Connected to PostgreSQL 16.4, without encryption.",
            details={"server_version": "16.4", "tls": False},
            warning="The password travels without encryption.",
        )
        assert house.asked == ["select 1"]
        assert house.started == {
            "user": USER,
            "database": DATABASE,
            "application_name": "stoa",
            "options": "-c default_transaction_read_only=on -c statement_timeout=3000",
        }

    def test_never_connects_a_made_up_password(self, standing):
        assert ask("postgresql", standing(PostgresHouse(), password="made up")) == TestResult(
            connected=False, code="auth_failed", message="The server did not accept the user name and password."
        )

    def test_says_where_no_password_was_asked_for(self, standing):
        result = ask("postgresql", standing(PostgresHouse("trusts"), password="made up"))
        assert (result.connected, result.warning) == (
            True,
            "The server asked for no password: whoever reaches it may come in.",
        )

    def test_does_not_send_the_password_openly_unless_asked_to(self, standing):
        house = PostgresHouse()
        config = standing(house)
        del config["sslmode"]
        assert ask("postgresql", config).code == "tls_unsupported"
        assert house.started == {}

    @pytest.mark.parametrize(
        ("misbehaves", "given", "code"),
        [
            ("", {"database": "nowhere"}, "not_found"),
            ("full", {}, "busy"),
            ("unwanted", {}, "not_allowed"),
            ("hangs_up", {}, "connection_lost"),
            ("not_postgres", {}, "unexpected_answer"),
        ],
    )
    def test_names_what_failed(self, standing, misbehaves, given, code):
        result = ask("postgresql", standing(PostgresHouse(misbehaves), **given))
        assert (result.connected, result.code) == (False, code)
        assert "10.9.8.7" not in result.message
        assert "127.0.0.1" not in result.message

    def test_is_not_held_by_a_server_that_does_not_answer(self, standing, monkeypatch):
        monkeypatch.setattr(postgresql, "ASK_SECONDS", 0.3)
        began = time.monotonic()
        result = ask("postgresql", standing(PostgresHouse("silent")))
        assert (result.connected, result.code) == (False, "connection_lost")
        assert time.monotonic() - began < 3

    def test_takes_nothing_from_this_machine(self, standing, monkeypatch, tmp_path):
        """libpq reads variables and files of the account that it runs under."""
        (tmp_path / "pass").write_text(f"*:*:*:*:{PASSWORD}\n")
        monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pass"))
        monkeypatch.setenv("PGHOSTADDR", "127.0.0.2")
        monkeypatch.setenv("PGOPTIONS", "-c work_mem=64kB")
        house = PostgresHouse()
        assert ask("postgresql", standing(house, password="made up")).code == "auth_failed"
        assert "work_mem" not in house.started["options"]


class TestInside:
    @pytest.mark.parametrize(
        ("host", "code"),
        [
            *(
                (host, "not_public")
                for host in ("127.0.0.1", "localhost", "127.1", "0x7f000001", "::1", "64:ff9b::7f00:1")
            ),
            *((host, "bad_host") for host in ("a.invalid,127.0.0.1", "/var/run/postgresql", "@abstract", "", "a b")),
        ],
    )
    def test_is_not_reached(self, standing, settings, monkeypatch, host, code):
        config = standing(PostgresHouse())
        settings.INTEGRATION_NETWORKS = []
        connected = []
        monkeypatch.setattr(psycopg, "connect", lambda **given: connected.append(given))
        assert (ask("postgresql", config | {"host": host}).code, connected) == (code, [])

    def test_a_name_that_leads_here_is_not_reached(self, standing, settings, monkeypatch):
        config = standing(PostgresHouse())
        settings.INTEGRATION_NETWORKS = []
        monkeypatch.setattr(addresses, "resolve", lambda name: ["8.8.8.8", "127.0.0.1"])
        assert ask("postgresql", config | {"host": "rebind.example.com"}).code == "not_public"

    def test_the_checked_address_is_connected_to_under_its_name(self, monkeypatch):
        monkeypatch.setattr(addresses, "resolve", lambda name: ["8.8.8.8", "8.8.4.4", "1.1.1.1"])
        given = {}

        def connect(**keywords):
            given.update(keywords)
            raise psycopg.OperationalError("stop here")

        monkeypatch.setattr(psycopg, "connect", connect)
        config = {"host": "db.example.com", "port": 5432, "database": "shop", "username": "u", "password": "p"}
        assert ask("postgresql", config).code == "not_connected"
        assert (given["host"], given["hostaddr"]) == ("db.example.com,db.example.com", "8.8.8.8,8.8.4.4")
        assert (given["sslmode"], given["sslcertmode"], given["gssencmode"]) == ("require", "disable", "disable")

    @pytest.mark.parametrize("port", [0, 22, 1023])
    def test_no_low_port_is_reached(self, standing, port):
        assert ask("postgresql", standing(PostgresHouse(), port=port)).code == "port_not_allowed"


@pytest.mark.django_db
class TestTheRealOne:
    """Where the suite runs on PostgreSQL: its own server."""

    def test_lets_its_role_in(self, settings):
        if connection.vendor != "postgresql":
            return
        used_by(settings)
        named = connection.settings_dict
        config = {
            "host": named["HOST"], "port": int(named["PORT"] or 5432), "database": named["NAME"],
            "username": named["USER"], "password": named["PASSWORD"] or "any", **UNSAFE,
        }  # fmt: skip
        result = ask("postgresql", config)
        assert result.connected
        assert result.details["server_version"].split(".")[0] == str(connection.pg_version // 10_000)
        assert ask("postgresql", config | {"database": "stoa_has_no_such"}).code == "not_found"
