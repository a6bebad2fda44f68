"""Where cloud files are kept: on disk under DATA_DIR/files, or on S3 where STORAGE_URL names a bucket. Plain values: settings read this."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from django.core.files.storage import Storage

EXAMPLE = "s3://bucket/folder?region=eu-central-1&endpoint=https://s3.example.org"
KNOWN = {"region", "endpoint", "style"}
LINK_SECONDS = 300


def s3_options(url: str) -> dict[str, Any]:
    """What `s3://[key:secret@]bucket[/folder][?region=&endpoint=&style=path|virtual]` says, in django-storages' words.

    Without a key in it the usual AWS_* variables and profiles count. ValueError says what is wrong, and no secret.
    """
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    bucket = parts.netloc.rpartition("@")[2]
    if parts.scheme != "s3" or not bucket or ":" in bucket:
        raise ValueError(f"It looks like {EXAMPLE}.")
    if unknown := sorted(asked.keys() - KNOWN):
        raise ValueError(f"It does not take {', '.join(unknown)}; it looks like {EXAMPLE}.")
    endpoint = asked.get("endpoint", "")
    if endpoint and urlsplit(endpoint).scheme not in ("http", "https"):
        raise ValueError("Its endpoint is an address that begins with http:// or https://.")
    style = asked.get("style") or ("path" if endpoint else "auto")
    if style not in ("path", "virtual", "auto"):
        raise ValueError("Its style is path or virtual.")
    if bool(parts.username) != bool(parts.password):
        raise ValueError("Its key and its secret come together, as s3://key:secret@bucket.")
    return {
        "bucket_name": bucket,
        "location": unquote(parts.path).strip("/"),
        "region_name": asked.get("region") or None,
        "endpoint_url": endpoint or None,
        "addressing_style": style,
        "access_key": unquote(parts.username) if parts.username else None,
        "secret_key": unquote(parts.password) if parts.password else None,
        "signature_version": "s3v4",
        "querystring_expire": LINK_SECONDS,
        "default_acl": None,
    }


def storage_for(url: str, *, folder: Path) -> dict[str, Any]:
    """The entry of STORAGES for cloud files."""
    if not url:
        options = {"location": str(folder), "base_url": None, "file_permissions_mode": 0o600}
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    given = {name: value for name, value in s3_options(url).items() if value is not None}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": given}


def cloud_files() -> "Storage":
    """The storage that columns point into; asked anew each time, so that settings decide."""
    from django.core.files.storage import storages  # noqa: PLC0415 -- settings read this file before Django is there

    return storages["files"]
