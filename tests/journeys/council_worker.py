"""A worker for the council alone, with the offline advisor at a reader's pace and leases short enough for a test.

It sweeps each second by itself, as the scheduler does each fifteen.
"""

import os
import threading
import time

import django
from django.conf import settings

SWEEP_SECONDS = 0.5


def sweep() -> None:
    from council.jobs import sweep_deliberations  # noqa: PLC0415 -- Django is set up first

    while True:
        sweep_deliberations()
        time.sleep(SWEEP_SECONDS)


def main() -> None:
    django.setup()
    settings.COUNCIL_PACE_SECONDS = float(os.environ["PACE"])
    settings.COUNCIL_LEASE_SECONDS = 2
    settings.COUNCIL_REQUEUE_SECONDS = 1
    from config.celery import app  # noqa: PLC0415 -- as above

    app.conf.worker_enable_remote_control = False
    threading.Thread(target=sweep, daemon=True).start()
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main(["--quiet", "worker", "-l", "ERROR", "-P", "threads", "-c", "4", "-Q", "deliberations", *quiet])


if __name__ == "__main__":
    main()
