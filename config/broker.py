"""The embedded broker: jobs as files in DATA_DIR/broker, for Celery without a server.

2026-11-22. Context: kombu's filesystem transport writes a message, and its table of queues, in place. A worker that looks
in between reads half of it and ends with a JSONDecodeError; this happened within a minute at one job a second. Decision:
the same transport, where every file appears whole, by a rename. Consequence: a message is seen once and entire; one
whose worker is killed while it runs is still gone, which is what the sweeps are for.
"""

import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: dict[str, Any], **_: Any) -> None:  # type: ignore[override]  # as kombu's own
        # Named by the clock of the wall, so that the order holds over a restart of the machine.
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}"
        _write_whole(Path(self.data_folder_out) / f"{name}.msg", dumps(payload))

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        for name in sorted(os.listdir(self.data_folder_in)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = Path(self.data_folder_in) / f"{name}.taken"
            try:
                (Path(self.data_folder_in) / name).rename(taken)
            except FileNotFoundError:
                continue  # another worker was faster
            payload: dict[str, Any] = loads(taken.read_text())
            taken.unlink()
            return payload
        raise Empty

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with (self.control_folder / "bindings.lock").open("a") as guard:
            filesystem.lock(guard, filesystem.LOCK_EX)
            known = self.get_table(exchange)
            if binding not in known:
                _write_whole(self._exchange_file(exchange), dumps([binding, *known]))


class Transport(filesystem.Transport):
    Channel = Channel
    # A folder has no host name; without this kombu warns at every start that it was given none.
    default_connection_params: dict[str, Any] = {}


def _write_whole(path: Path, text: str) -> None:
    """Make `path` appear with all of `text` in it, or not at all."""
    draft = path.with_name(f"{path.name}.{uuid.uuid4()}.draft")
    draft.write_text(text)
    draft.replace(path)
