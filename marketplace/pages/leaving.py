"""To a provider's own page. A form's answer may not redirect to another site (`form-action 'self'`), so a page of ours goes there."""

from urllib.parse import urlsplit

from django.conf import settings
from django.shortcuts import redirect, render


def send_on(request, url):
    """The sandbox lives here: there the visitor stays on the host that they are signed in on."""
    if url.startswith(f"{settings.SITE_URL}/"):
        return redirect(url.removeprefix(settings.SITE_URL))
    answer = render(request, "marketplace/leaving.html", {"place": "", "url": url, "host": urlsplit(url).netloc})
    # The address is this person's alone and works once.
    answer["Cache-Control"] = "private, no-store"
    return answer
