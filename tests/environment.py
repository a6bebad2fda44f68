"""Loaded before Django's settings: tests run in a house of their own, whatever the shell's environment says.

DATABASE_URL and REDIS_URL alone are taken over, so that the same suite runs on PostgreSQL and Redis.
"""

import os
import tempfile

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
    "STRIPE_SECRET_KEY": "",
    "HYPERSWITCH_API_KEY": "",
    "EMAIL_URL": "",
    "STORAGE_URL": "",
}
os.environ.update(FIXED)
