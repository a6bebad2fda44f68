"""Whose cart a request means: the account's, or that of a visitor, whom a random token in a signed cookie makes known."""

from typing import Any

from django.conf import settings

from marketplace.models import Cart
from marketplace.queries.carts import pieces_in, pieces_of
from marketplace.verbs.carts import cart_of


def token_of(request: Any) -> str | None:
    """The visitor's token; None where there is none or somebody altered it."""
    return request.get_signed_cookie(Cart.COOKIE, default=None, salt=Cart.COOKIE, max_age=Cart.FORGOTTEN_AFTER)


def holder(request: Any) -> dict[str, Any]:
    """`by` and `token` as the cart's verbs take them."""
    return {"by": request.user, "token": token_of(request)}


def remember_visitor(response: Any, token: str | None) -> Any:
    """Give a new visitor the token of their cart."""
    if token:
        response.set_signed_cookie(
            Cart.COOKIE,
            token,
            salt=Cart.COOKIE,
            max_age=Cart.FORGOTTEN_AFTER,
            secure=settings.IS_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def cart_count(request: Any) -> int:
    """The mark in the page's head. A visitor without a cookie costs no question."""
    if request.user.is_authenticated:
        return pieces_of(request.user)
    token = token_of(request)
    return pieces_in(cart_of(by=request.user, token=token)) if token else 0
