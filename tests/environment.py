"""Loaded before Django's settings: tests run in a house of their own, whatever the shell's environment says.

DATABASE_URL and REDIS_URL alone are taken over, so that the same suite runs on PostgreSQL and Redis.
"""

import os
import tempfile
from urllib.parse import urlsplit

KEPT = ("DATABASE_URL", "REDIS_URL")
FIXED = {
    "DATA_DIR": tempfile.mkdtemp(prefix="stoa-tests-"),
    "SECRET_KEY": "a key for tests alone, long enough to sign with and of no use elsewhere",
    "SITE_URL": "http://localhost:8000",
    "RATE_LIMIT_DEFAULT": "",
    "RATE_LIMIT_AUTH": "",
    "RATE_LIMIT_IP": "",
    "RATE_LIMIT_GLOBAL": "",
    "DEBUG": "0",
    "LLM_MODEL": "",
    "ANTHROPIC_API_KEY": "",
    "ANTHROPIC_BASE_URL": "",
    "OPENAI_API_KEY": "",
    "OPENAI_BASE_URL": "",
    "OLLAMA_BASE_URL": "",
    "STRIPE_SECRET_KEY": "",
    "HYPERSWITCH_API_KEY": "",
    "EMAIL_URL": "",
    "STORAGE_URL": "",
    "INTEGRATION_NETWORKS": "",
    "GITHUB_CLIENT_ID": "",
    "GOOGLE_CLIENT_ID": "",
}
os.environ.update(FIXED)

# Processes of the suite that run beside each other share a Redis, but no database of it: one empties its cache before
# every test. The even ones are the suite's, the odd ones those of the trees it starts (tests/trees.py).
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8


def redis_database(number: int) -> str:
    """REDIS_URL with this database of it; empty where none is named."""
    url = os.environ.get("REDIS_URL", "")
    return urlsplit(url)._replace(path=f"/{number}").geturl() if url else ""


if os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = redis_database(2 * WORKER)
