import pytest

from accounts.models import Mail
from accounts.verbs.mails import deliver_mail
from conversations.models import Notification
from tests.factories.subscriptions import TierFactory, subscribed

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(user):
    subscription = subscribed(user, TierFactory(name="<Basic> & more"))
    return subscription, Mail.objects.get(template="subscription/news")


class TestTheMail:
    def test_says_it_in_text_and_in_html_and_leads_to_the_page(self, told, mailoutbox, settings):
        subscription, mail = told
        assert deliver_mail(mail_id=mail.pk) is True

        sent = mailoutbox[0]
        assert (sent.subject, sent.to) == ("You are on <Basic> & more", [subscription.user.email])
        assert f"29.99 EUR was paid. It runs until {subscription.end_date:%-d %B %Y}" in sent.body
        assert f"{settings.SITE_URL}/settings/subscription/" in sent.body
        html = sent.alternatives[0][0]
        assert "&lt;Basic&gt; &amp; more" in html
        assert "<Basic>" not in html

    def test_and_the_notification_say_the_same(self, told):
        subscription, mail = told
        notification = Notification.objects.get(user=subscription.user)
        assert (notification.title, notification.text) == (mail.context["title"], mail.context["words"])
        assert (notification.url, notification.kind) == ("/settings/subscription/", "info")
