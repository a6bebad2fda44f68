"""A real ingest server is a service: the run with services needs it, and the embedded one collects no test of it."""

import os

collect_ignore = [] if os.environ.get("DATABASE_URL") else ["test_ingest.py"]
