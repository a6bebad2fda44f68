"""The queue. Each app's `jobs.py` holds its tasks and, as `BEAT`, its regular sweeps."""

import os
from importlib import import_module

from celery import Celery

APPS = ("ontology", "accounts", "marketplace", "conversations", "council")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("stoa")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(APPS, related_name="jobs")


@app.on_after_finalize.connect
def collect_sweeps(sender: Celery, **_: object) -> None:
    """Join every app's `BEAT = {name: (task name, seconds)}` into one schedule."""
    for name in APPS:
        for entry, (task, seconds) in getattr(import_module(f"{name}.jobs"), "BEAT", {}).items():
            sender.conf.beat_schedule[f"{name}.{entry}"] = {"task": task, "schedule": seconds}
