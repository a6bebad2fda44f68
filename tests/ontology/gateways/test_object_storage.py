"""Where contents are kept: the disk and S3 pass the same tests; a store that is away is said so; what STORAGE_URL may be."""

import io
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.files.storage.filesystem import FileSystemStorage
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.utils.timezone import now
from storages.backends.s3 import S3Storage

from config.errors import NotFound, Unavailable
from config.preflight import Refusal, check_storage
from config.storages import s3_options, storage_for
from ontology.gateways import object_storage
from ontology.models import CloudFile
from ontology.verbs.files import sweep_contents, upload_file
from ontology.verbs.shares import share_file
from tests.clients import Caller
from tests.fakes.s3 import FakeS3


@pytest.fixture(scope="module")
def fake():
    s3 = FakeS3()
    yield s3
    s3.end()


@pytest.fixture
def s3(fake, monkeypatch):
    fake.objects.clear()
    fake.away = False
    made = S3Storage(**storage_for(fake.url(), folder=Path("unused"))["OPTIONS"])
    # A store that is away is not asked five times over in a test.
    made.client_config = made.client_config.merge(type(made.client_config)(retries={"max_attempts": 0}))
    monkeypatch.setitem(storages._storages, "files", made)
    return fake


@pytest.fixture(params=["disk", "s3"])
def store(request):
    return request.getfixturevalue("s3") if request.param == "s3" else None


def read(key):
    place = object_storage.place_of(key, name="é.txt", content_type="text/plain")
    if isinstance(place, Path):
        return place.read_bytes()
    with urllib.request.urlopen(place) as answer:  # noqa: S310 -- the stand-in on this machine
        assert answer.headers["Content-Type"] == "text/plain"
        assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''%C3%A9.txt"
        return answer.read()


@pytest.mark.usefixtures("store")
class TestEveryStore:
    def test_keeps_gives_and_removes(self):
        key = object_storage.new_key()
        object_storage.put(key=key, content=io.BytesIO(b"words" * 1000), content_type="text/plain")
        assert (read(key), object_storage.size_of(key)) == (b"words" * 1000, 5000)
        object_storage.remove(key)
        object_storage.remove(key)
        assert object_storage.size_of(key) is None

    def test_writes_a_content_where_it_is_read(self):
        key, to = object_storage.new_key(), io.BytesIO()
        object_storage.put(key=key, content=io.BytesIO(b"words" * 1000), content_type="text/plain")
        assert (object_storage.fetch(key=key, to=to), to.getvalue()) == (True, b"words" * 1000)
        object_storage.remove(key)
        assert object_storage.fetch(key=key, to=to) is False

    def test_tells_what_is_there_and_how_old(self):
        keys = sorted(object_storage.new_key() for _ in range(3))
        for key in keys:
            object_storage.put(key=key, content=io.BytesIO(b"x"), content_type="text/plain")
        assert sorted(object_storage.objects(before=now() + timedelta(minutes=1))) == keys
        assert list(object_storage.objects(before=now() - timedelta(minutes=1))) == []

    def test_keeps_other_folders_apart(self):
        object_storage.put(key="gear/one", content=io.BytesIO(b"x"), content_type="text/plain")
        later, earlier = now() + timedelta(minutes=1), now() - timedelta(minutes=1)
        assert list(object_storage.objects_in("gear", before=later)) == ["gear/one"]
        assert list(object_storage.objects_in("gear", before=earlier)) == []
        assert list(object_storage.objects_in("nothing", before=later)) == []
        assert list(object_storage.objects(before=later)) == []

    @pytest.mark.django_db
    def test_holds_the_contents_of_files(self, user):
        file = upload_file(content=io.BytesIO(b"words"), name="../é.txt", by=user)
        assert read(file.key) == b"words"


class TestKeys:
    def test_are_ours_alone(self):
        key = object_storage.new_key()
        first, second, name = key.split("/")
        assert (len(name), name[-2:], name[-4:-2]) == (32, first, second)


class TestDisk:
    def test_moves_what_lies_there_already(self, settings):
        arrived = TemporaryUploadedFile("a.txt", "text/plain", 5, None)
        arrived.write(b"words")
        arrived.flush()
        key = object_storage.new_key()
        object_storage.put(key=key, content=arrived, content_type="text/plain")
        arrived.close()
        path = object_storage.place_of(key, name="", content_type="")
        assert (path.read_bytes(), oct(path.stat().st_mode & 0o777)) == (b"words", "0o600")
        assert list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir()) == []

    def test_what_is_gone_is_not_found(self):
        with pytest.raises(NotFound):
            object_storage.place_of("aa/bb/cc", name="", content_type="")

    def test_a_full_disk_is_unavailable(self, monkeypatch):
        def full(*args, **kwargs):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(FileSystemStorage, "_save", full)
        with pytest.raises(Unavailable) as refusal:
            object_storage.put(key="aa/bb/cc", content=io.BytesIO(b"x"), content_type="text/plain")
        assert refusal.value.code == "store_away"


@pytest.mark.django_db
class TestS3:
    def test_is_told_the_type_that_was_recognised(self, s3, user):
        file = upload_file(content=io.BytesIO(b"<script>x</script>"), name="a.png", by=user)
        content, headers, _ = s3.objects[f"files/{file.key}"]
        assert (content, headers["Content-Type"]) == (b"<script>x</script>", "text/html")
        assert "/eu-central-1/s3/aws4_request" in headers["Authorization"]

    def test_a_download_is_sent_on_to_a_signed_address(self, s3, user):
        file = upload_file(content=io.BytesIO(b"<script>x</script>"), name='a".html', by=user)
        answer = Caller.signed_in_as(user).get(f"/api/v1/cloud/files/{file.pk}/download")
        assert (answer.status_code, answer["Cache-Control"]) == (302, "no-store")
        assert answer["Location"].startswith(f"{s3.endpoint}/stoa/files/{file.key}?")
        assert "X-Amz-Expires=300" in answer["Location"]
        with urllib.request.urlopen(answer["Location"]) as sent:  # noqa: S310 -- the stand-in on this machine
            assert sent.headers["Content-Type"] == "application/octet-stream"
            assert sent.headers["Content-Disposition"] == 'attachment; filename="a\\".html"'
            assert sent.read() == b"<script>x</script>"

    def test_a_shared_download_is_counted(self, s3, user, anonymous):
        file = upload_file(content=io.BytesIO(b"x"), name="a", by=user)
        link, token = share_file(file_id=file.pk, by=user)
        assert anonymous.get(f"/api/v1/cloud/shared/{token}/download").status_code == 302
        link.refresh_from_db()
        assert link.download_count == 1

    def test_while_it_is_away_nothing_is_kept(self, s3, user):
        s3.away = True
        answer = Caller.signed_in_as(user).client.post("/api/v1/cloud/files", {"file": io.BytesIO(b"x")})
        assert (answer.status_code, answer.json()["code"]) == (503, "store_away")
        assert CloudFile.objects.count() == 0

    def test_what_nothing_names_is_swept_and_the_rest_of_the_bucket_left(self, s3, user, monkeypatch):
        file = upload_file(content=io.BytesIO(b"x"), name="a", by=user)
        object_storage.put(key="aa/bb/lost", content=io.BytesIO(b"y"), content_type="text/plain")
        s3.objects["others/thing"] = s3.objects["files/readme"] = (b"theirs", {}, now())
        monkeypatch.setattr("ontology.verbs.contents.UNCLAIMED", timedelta(minutes=-1))
        assert sweep_contents() == 1
        assert sorted(s3.objects) == sorted([f"files/{file.key}", "files/readme", "others/thing"])


class TestAddress:
    def test_says_all_of_it(self):
        told = s3_options(
            "s3://AK:se%2Fcret@bucket/some/folder/?region=eu-west-1&endpoint=http://minio:9000&style=virtual"
        )
        assert told == {
            "bucket_name": "bucket",
            "location": "some/folder",
            "region_name": "eu-west-1",
            "endpoint_url": "http://minio:9000",
            "addressing_style": "virtual",
            "access_key": "AK",
            "secret_key": "se/cret",
            "signature_version": "s3v4",
            "querystring_expire": 300,
            "default_acl": None,
        }

    def test_needs_a_bucket_alone(self):
        told = s3_options("s3://bucket")
        assert (told["bucket_name"], told["location"], told["endpoint_url"], told["addressing_style"]) == (
            "bucket", "", None, "auto",
        )  # fmt: skip

    @pytest.mark.parametrize(
        "wrong",
        [
            "bucket", "s3://", "http://bucket", "s3://bucket:9000", "s3://key@bucket", "s3://b?regoin=x",
            "s3://b?endpoint=minio:9000", "s3://b?style=odd",
        ],
    )  # fmt: skip
    def test_is_refused_before_the_start_where_it_is_wrong(self, wrong, monkeypatch):
        monkeypatch.setenv("STORAGE_URL", wrong)
        with pytest.raises(Refusal, match=r"^STORAGE_URL is malformed"):
            check_storage()

    def test_never_tells_its_secret(self, monkeypatch):
        monkeypatch.setenv("STORAGE_URL", "s3://key:topsecret@b?x=1")
        with pytest.raises(Refusal) as refusal:
            check_storage()
        assert "topsecret" not in str(refusal.value)
