"""dana.txt, "Webhooks": the addresses as the document gives them, with bodies as Meta writes them."""

import pytest
from django.test import Client

from tests.factories.platforms import IG, echo, instagram, message, messenger, said, tell, wa_text, whatsapp

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["facebook", "instagram", "whatsapp"])
def test_get_answers_the_challenge_if_the_verification_is_successful(settings, name):
    settings.META_VERIFY_TOKEN = "YOUR_VERIFICATION_TOKEN"
    query = "hub.mode=subscribe&hub.verify_token=YOUR_VERIFICATION_TOKEN&hub.challenge=1158201444"

    answer = Client().get(f"/webhooks/{name}?{query}")

    assert (answer.status_code, answer.content) == (200, b"1158201444")


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("facebook", messenger(message(), echo())),
        ("instagram", instagram(message(page=IG), echo(page=IG))),
        ("whatsapp", whatsapp(messages=[wa_text(text="Ship to Oslo?")])),
    ],
)
def test_post_is_answered_with_200_ok(name, payload):
    answer = tell(payload, f"/webhooks/{name}")

    assert answer.status_code == 200
    assert said()[0] == ("client", "Ship to Oslo?")
