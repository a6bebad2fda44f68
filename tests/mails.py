"""The mails that wait, delivered now; and what a reader does with them."""

import re
from urllib.parse import parse_qs, urlsplit

from django.core import mail

from accounts.models import Mail
from accounts.verbs.mails import deliver_mail, waiting_mails


def delivered():
    """Every mail that waited, written and sent, oldest first."""
    mail.outbox.clear()
    for mail_id in waiting_mails():
        # One that is void by now is thrown away unsent.
        assert deliver_mail(mail_id=mail_id) or not Mail.objects.filter(pk=mail_id).exists()
    return list(mail.outbox)


def link_in(message):
    """The one link with a token, the same in both parts."""
    found = set(re.findall(r"https?://\S+?token=[\w-]+", message.body))
    html = {
        link.replace("&amp;", "&")
        for link in re.findall(r'https?://[^"\s<]+?token=[\w-]+', message.alternatives[0].content)
    }
    assert len(found) == 1
    assert html == found
    return found.pop()


def token_in(message):
    return parse_qs(urlsplit(link_in(message)).query)["token"][0]
