"""A stand-in for S3: one bucket in memory behind a small HTTP server. It keeps what was put with which headers."""

import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class FakeS3:
    """`objects` maps keys to (content, headers, written at); while `away` is true every answer is 503."""

    def __init__(self, bucket="stoa"):
        self.bucket, self.objects, self.away = bucket, {}, False
        handler = type("Handler", (Handler,), {"s3": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def url(self, folder="files"):
        return f"s3://key:se%2Fcret@{self.bucket}/{folder}?region=eu-central-1&endpoint={self.endpoint}"

    def end(self):
        self.server.shutdown()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    s3: FakeS3
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        """Silent."""

    @property
    def key(self):
        return unquote(urlsplit(self.path).path).removeprefix(f"/{self.s3.bucket}/")

    @property
    def asked(self):
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def is_away(self):
        if self.s3.away:
            self.answer(503, b"<Error><Code>SlowDown</Code></Error>")
        return self.s3.away

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "aws-chunked" or "aws-chunked" in str(
            self.headers.get("Content-Encoding")
        ):
            body = unchunked(body)
        if not self.is_away():
            self.s3.objects[self.key] = (body, dict(self.headers), datetime.now(UTC))
            self.answer(200, ETag='"x"')

    def do_GET(self):
        if self.is_away():
            return
        if "list-type" in self.asked or self.key in ("", f"/{self.s3.bucket}"):
            self.answer(200, listing(self.s3, self.asked.get("prefix", "")), **{"Content-Type": "application/xml"})
        elif self.key in self.s3.objects:
            offered = {
                "Content-Type": self.asked.get("response-content-type", "application/octet-stream"),
                "Content-Disposition": self.asked.get("response-content-disposition", ""),
            }
            self.answer(200, self.s3.objects[self.key][0], **offered)
        else:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    do_HEAD = do_GET

    def do_DELETE(self):
        if not self.is_away():
            self.s3.objects.pop(self.key, None)
            self.answer(204)


def listing(s3, prefix):
    rows = "".join(
        f"<Contents><Key>{escape(key)}</Key><LastModified>{at:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
        f"<Size>{len(body)}</Size></Contents>"
        for key, (body, _, at) in sorted(s3.objects.items())
        if key.startswith(prefix)
    )
    head = '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    return f"{head}<Name>{s3.bucket}</Name><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()


def unchunked(body):
    """The content of an aws-chunked body: each piece behind its length in hex, a trailer after the last."""
    content = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        if not length:
            break
        content, body = content + body[:length], body[length + 2 :]
    return content
