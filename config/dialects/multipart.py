"""Bodies of several parts, for the doors that take files: `parser_classes = TAKES_FILES`."""

from collections.abc import Mapping
from typing import Any, cast

from rest_framework import exceptions as drf
from rest_framework.parsers import DataAndFiles, MultiPartParser

from config.dialects.base import WireJSONParser


class WireMultiPartParser(MultiPartParser):
    """Files go to disk while they are read; a body that ends before its closing boundary is refused, not half taken."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles:
        watched = Watched(stream)
        parsed: DataAndFiles = super().parse(cast(Any, watched), media_type, parser_context)
        if not watched.tail.rstrip(b"\r\n").endswith(b"--"):
            for _, files in parsed.files.lists():
                for file in files:
                    file.close()
            raise drf.ParseError("The body ended too early")
        return parsed


class Watched:
    """Passes reads on and remembers the last bytes that were read."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.tail = stream, b""

    def read(self, *size: int) -> bytes:
        data: bytes = self.stream.read(*size)
        self.tail = (self.tail + data[-8:])[-8:]
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


TAKES_FILES = (WireMultiPartParser, WireJSONParser)
