from concurrent.futures import ThreadPoolExecutor
from queue import Empty
from threading import Barrier

import pytest
from kombu import Connection

from config.broker import Transport

AT_ONCE = 8


@pytest.fixture
def channel(tmp_path):
    """Makes channels that share one folder, each as another process would have it."""
    options = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path)}
    connections = []

    def make():
        connection = Connection("filesystem://", transport=Transport, transport_options=options)
        connections.append(connection)
        return connection.channel()

    yield make
    for connection in connections:
        connection.release()


def everything(channel, queue):
    messages = []
    try:
        while True:
            messages.append(channel._get(queue))
    except Empty:
        return messages


class TestBroker:
    def test_keeps_order_and_queues_apart_over_a_restart(self, channel):
        for number in range(5):
            channel()._put("celery", {"number": number})
        channel()._put("deliberations", {"number": 99})

        assert everything(channel(), "celery") == [{"number": number} for number in range(5)]
        assert everything(channel(), "deliberations") == [{"number": 99}]
        assert everything(channel(), "celery") == []

    def test_leaves_no_file_behind(self, channel, tmp_path):
        channel()._put("celery", {"number": 1})
        channel()._get("celery")

        assert list(tmp_path.iterdir()) == []

    def test_shows_a_message_only_when_it_is_whole(self, channel, tmp_path, monkeypatch):
        """A worker that looks while a message is being written finds none; it used to find half of one."""
        seen = []

        def interrupted(path, text):
            with path.open("w") as file:
                file.write(text[: len(text) // 2])
                file.flush()
                seen.append(everything(channel(), "celery"))
                file.write(text[len(text) // 2 :])

        monkeypatch.setattr("config.broker.Path.write_text", interrupted)
        channel()._put("celery", {"number": 1})

        assert seen == [[]]
        assert everything(channel(), "celery") == [{"number": 1}]

    def test_hands_each_message_to_one_worker(self, channel):
        sender, workers = channel(), [channel() for _ in range(AT_ONCE)]
        for number in range(200):
            sender._put("celery", {"number": number})

        with ThreadPoolExecutor(AT_ONCE) as pool:
            got = [
                message["number"]
                for part in pool.map(lambda one: everything(one, "celery"), workers)
                for message in part
            ]

        assert sorted(got) == list(range(200))

    def test_forgets_no_queue_of_those_bound_at_once(self, channel):
        start, channels = Barrier(AT_ONCE), [channel() for _ in range(AT_ONCE)]

        def bind(number):
            start.wait()
            channels[number]._queue_bind("celery", f"key {number}", "", f"queue {number}")
            return channels[number].get_table("celery")

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(bind, range(AT_ONCE)))

        assert sorted(binding.queue for binding in channel().get_table("celery")) == [
            f"queue {n}" for n in range(AT_ONCE)
        ]
