"""Global Privacy Control. Document veza.txt, "CCPA / Sec-GPC": `Sec-GPC: 1` objects to the sale of what is known of its sender."""

from django.utils.functional import SimpleLazyObject

from accounts.verbs.privacy import has_opted_out


class GlobalPrivacyControl:
    """Puts `do_not_sell` on the request: true by the header, or by what its user chose; asked only where it is read."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        says_so = request.headers.get("Sec-GPC", "").strip() == "1"
        request.do_not_sell = says_so or SimpleLazyObject(lambda: objects(request))
        response = self.get_response(request)
        if says_so:
            response.headers["GPC"] = "1"
        return response


def objects(request) -> bool:
    """By a cookie's user; a bearer's is known to its view alone, which asks `has_opted_out`."""
    return request.user.is_authenticated and has_opted_out(request.user)
