"""A worker killed in the middle of a transfer loses nothing: the next one completes it, once (issue 2, done 4)."""

import subprocess
import sys
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import redis
from celery import Celery
from django.conf import settings
from django.utils.timezone import now

from marketplace.models import LedgerTransaction, SandboxMishap, SandboxTransfer, Transfer
from marketplace.queries.ledger import imbalance, owed_to, sent_to
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, connect, paid_order
from tests.live import PATIENCE, ROOT, environment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house(tmp_path):
    """A queue and workers of this test's own, on the test's database."""
    house = House(tmp_path)
    yield house
    house.end()


class House:
    def __init__(self, folder):
        (folder / "broker" / "done").mkdir(parents=True)
        self.folder, self.workers = folder, []
        # A Redis database that no other test's jobs travel through.
        self.redis = urlsplit(settings.REDIS_URL)._replace(path="/13").geturl() if settings.REDIS_URL else ""
        self.queue = Celery(broker=self.redis or "filesystem://", set_as_current=False)
        if self.redis:
            self.forget()
        else:
            paths = dict.fromkeys(("data_folder_in", "data_folder_out", "control_folder"), str(folder / "broker"))
            self.queue.conf.broker_transport_options = paths

    def start_worker(self):
        command = [sys.executable, "-m", "config.serve", "worker", "--queues", "celery"]
        env = environment(DATA_DIR=str(self.folder), REDIS_URL=self.redis)
        worker = subprocess.Popen(command, cwd=ROOT, env=env)
        self.workers.append(worker)
        return worker

    def send(self, name, *args):
        self.queue.send_task(f"marketplace.jobs.{name}", args=args)

    def forget(self):
        with redis.Redis.from_url(self.redis) as client:
            client.flushdb()

    def end(self):
        for worker in self.workers:
            worker.kill()
            worker.wait(10)
        self.queue.close()
        if self.redis:
            self.forget()


def eventually(ask, what):
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        if ask():
            return
        time.sleep(0.05)
    raise AssertionError(f"never happened: {what}")


class TestKilledWorker:
    def test_leaves_a_transfer_that_completes_once(self, house):
        seller = UserFactory()
        connect(seller)
        transfer = paid_order(product=ProductFactory(by=seller)).transfers.get()
        SandboxMishap.objects.create(kind="slow", seconds=60)

        doomed = house.start_worker()
        house.send("attempt_transfer", str(transfer.pk))
        eventually(SandboxTransfer.objects.exists, "the provider has the transfer, and its answer is on the way")
        doomed.kill()
        doomed.wait(10)

        transfer.refresh_from_db()
        assert (transfer.status, sent_to(seller.pk), owed_to(seller.pk)) == ("processing", {}, {"EUR": 2699})

        # The dead worker's lease runs out; the scheduler's sweep then finds the row, whatever became of the message.
        Transfer.objects.update(lease_until=now() - timedelta(seconds=1))
        house.start_worker()
        house.send("sweep_transfers")
        eventually(Transfer.objects.filter(status="completed").exists, "the transfer completes")
        house.send("sweep_transfers")
        house.send("attempt_transfer", str(transfer.pk))
        other = paid_order(product=ProductFactory(by=seller, price_cents=1000)).transfers.get()
        house.send("attempt_transfer", str(other.pk))
        eventually(Transfer.objects.filter(pk=other.pk, status="completed").exists, "later work is done")

        transfer.refresh_from_db()
        arrived = SandboxTransfer.objects.filter(reference=str(transfer.pk)).values_list("amount_cents", flat=True)
        assert (list(arrived), transfer.retry_count) == ([2699], 0)
        assert LedgerTransaction.objects.filter(source_key=f"transfer:{transfer.pk}:completed").count() == 1
        assert (sent_to(seller.pk), owed_to(seller.pk), imbalance()) == ({"EUR": 3599}, {}, {})
