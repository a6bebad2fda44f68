"""What happens to one's things is told once, to the one it concerns, in the transaction that made it so."""

import io
import json

import pytest

from conversations.models import Notification
from ontology.verbs.comments import add_comment
from ontology.verbs.follows import follow
from ontology.verbs.likes import toggle_like
from ontology.verbs.transfers import request_export, request_import, run_transfer
from tests.factories.social import post_of

pytestmark = pytest.mark.django_db


def told(user):
    return sorted(Notification.objects.visible_to(user).values_list("title", "url"))


class TestAttention:
    def test_is_told_to_the_owner_once(self, user, stranger):
        post = post_of(user)
        for _ in range(3):
            toggle_like(entity_id=post.pk, by=stranger)
        add_comment(entity_id=post.pk, content="Yes.", by=stranger)
        follow(user_id=user.pk, by=stranger)
        place = f"/posts/{post.pk}/"
        assert told(user) == [
            ("A Stranger commented on your post", place),
            ("A Stranger follows you", f"/people/{stranger.pk}/"),
            ("A Stranger likes your post", place),
        ]
        assert told(stranger) == []

    def test_of_oneself_is_not_told(self, user):
        post = post_of(user)
        toggle_like(entity_id=post.pk, by=user)
        add_comment(entity_id=post.pk, content="Yes.", by=user)
        assert told(user) == []


class TestTransfers:
    @pytest.fixture(autouse=True)
    def _own_folder(self, settings, tmp_path):
        settings.DATA_DIR = tmp_path

    def test_of_an_end_is_told(self, user):
        line = {"kind": "entity", "type": "course", "name": "Harmony"}
        run_transfer(transfer_id=request_import(user=user, content=io.BytesIO(json.dumps(line).encode())).pk)
        run_transfer(transfer_id=request_export(user=user).pk)
        assert told(user) == [
            ("Your export of the graph is ready", "/graph/transfers/"),
            ("Your import is in the graph", "/graph/transfers/"),
        ]

    def test_of_a_failure_is_told_which_line(self, user):
        run_transfer(transfer_id=request_import(user=user, content=io.BytesIO(b"x\n")).pk)
        [said] = Notification.objects.visible_to(user)
        assert (said.kind, said.title) == ("error", "Your import into the graph failed")
        assert said.text == "Line 1: The line is not valid JSON. Nothing was imported."
