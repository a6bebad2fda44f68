"""What the stand-ins for outside services share: a real HTTP server on this machine that can be told to misbehave.

Mishaps: `500` and `html` (a proxy's page) answer so and do nothing; `empty` answers nothing with 200; `silent` never answers;
`lost` does what was asked and closes the connection without a word. Others are a service's own.
"""

import functools
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class Asked:
    """One request as it came."""

    def __init__(self, method, path, headers, body):
        parts = urlsplit(path)
        self.method, self.path, self.body, self.mishap = method, parts.path, body, ""
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.headers = {name.lower(): value for name, value in headers.items()}

    def __str__(self):
        return f"{self.method} {self.path}"


class StandIn:
    """`asked` holds every request; `answer(asked)` is (status, headers, body as bytes) of the service itself."""

    OWN_MISHAPS: tuple[str, ...] = ()

    def __init__(self):
        self.asked, self.mishaps = [], []
        self.lock, self.ended = threading.RLock(), threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, self))
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"

    def go_wrong(self, kind, on="", times=1):
        """The next `times` requests whose "METHOD /path" begins with `on` go wrong."""
        self.mishaps += [(kind, on)] * times

    def next_mishap(self, asked):
        with self.lock:
            for mishap in self.mishaps:
                if str(asked).startswith(mishap[1]):
                    self.mishaps.remove(mishap)
                    return mishap[0]
        return ""

    def count(self, what):
        return sum(str(asked).startswith(what) for asked in self.asked)

    @contextmanager
    def standing(self):
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield self
        finally:
            self.ended.set()
            self.server.shutdown()
            self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, house, *args):
        self.house = house
        super().__init__(*args)

    def log_message(self, *args):
        """Nothing: tests read `asked`."""

    def one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, self.path, self.headers, body)
        self.house.asked.append(asked)
        kind = self.house.next_mishap(asked)
        if kind == "silent":
            self.house.ended.wait(10)
            self.close_connection = True
        elif kind == "html":
            self.say(502, {"Content-Type": "text/html"}, b"<html><h1>Bad gateway</h1></html>")
        elif kind == "empty":
            self.say(200, {"Content-Type": "application/json"}, b"")
        else:
            asked.mishap = kind
            with self.house.lock:
                status, headers, body = self.house.answer(asked)
            if kind == "lost":
                self.close_connection = True
            else:
                self.say(status, headers, body)

    do_GET = do_POST = do_DELETE = one

    def say(self, status, headers, body):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
