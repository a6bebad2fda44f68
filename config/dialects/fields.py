"""Small shapes shared by the dialects: strict JSON types and how moments are written."""

import datetime as dt
from typing import Any

import orjson
from rest_framework.fields import empty
from rest_framework.serializers import BooleanField, CharField, IntegerField, JSONField, ListField, ValidationError

from config.moments import iso

MAX_PROPERTIES_BYTES = 64 * 1024
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MILLISECOND = dt.timedelta(milliseconds=1)


class Text(CharField):
    """A JSON string; DRF's own field would take a number for one. A null that is allowed is as good as nothing, where there
    is a default for that."""

    def validate_empty_values(self, data: Any) -> Any:
        if data is None and self.allow_null and self.default is not empty:
            return True, self.get_default()
        return super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(IntegerField):
    """A JSON integer: neither "2" nor 2.0 nor true."""

    def to_internal_value(self, data: Any) -> Any:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Places(ListField):
    """A list whose faults are told by place, with nothing at those of the right ones: `[{}, {"quantity": [...]}]`."""

    def run_child_validation(self, data: Any) -> Any:
        try:
            return super().run_child_validation(data)
        except ValidationError as error:
            faults: Any = error.detail
            raise ValidationError([faults.get(place, {}) for place in range(len(data))]) from None


class YesNo(BooleanField):
    """A JSON boolean."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Properties(JSONField):
    """A JSON object of the caller's own, kept word for word, at most 64 KiB."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            self._refuse("Must be an object.")
        if len(orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS)) > MAX_PROPERTIES_BYTES:
            self._refuse("Must be at most 64 KiB of JSON.")
        return data

    @staticmethod
    def _refuse(sentence: str) -> None:
        raise ValidationError(sentence)


def epoch_ms(moment: dt.datetime | None) -> int | None:
    """ONE's times: whole milliseconds since 1970."""
    return None if moment is None else (moment - EPOCH) // MILLISECOND


def epoch_seconds(moment: dt.datetime | None) -> int | None:
    """Council's times: whole seconds since 1970."""
    return None if moment is None else int(moment.timestamp())


def iso_z(moment: dt.datetime | None) -> str | None:
    """Veza's, Dana's and Better Auth's times: ISO 8601 in UTC with milliseconds and Z."""
    return None if moment is None else iso(moment)
