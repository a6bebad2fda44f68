"""What sign-up would say of one value. Nothing here tells whether an address has an account."""

import math
import re
import unicodedata
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import User
from config.errors import Invalid

KINDS = ("username", "email", "password")
USERNAME = re.compile(r"[A-Za-z0-9_.-]{3,64}")
USERNAME_RULE = "Use 3 to 64 letters, digits, dots, dashes or underscores."
EMAIL_RULE = "Enter a valid email address."
LONGEST_EMAIL, LONGEST_PASSWORD = 254, 128
FAIR_BITS, STRONG_BITS = 45, 70


def validate(*, kind: str, value: str) -> dict[str, Any]:
    """`{valid, errors}`, for a password also its `strength`: weak, fair or strong."""
    errors = {"username": username_faults, "email": email_faults, "password": password_faults}[kind](value)
    found: dict[str, Any] = {"valid": not errors, "errors": errors}
    return found | {"strength": "weak" if errors else strength(value)} if kind == "password" else found


def username_faults(value: str) -> list[str]:
    if not USERNAME.fullmatch(value):
        return [USERNAME_RULE]
    return ["This username is taken"] if User.objects.filter(username__iexact=value).exists() else []


def email_faults(value: str) -> list[str]:
    try:
        validate_email(value.strip())
    except ValidationError:
        return [EMAIL_RULE]
    return [EMAIL_RULE] if len(value.strip()) > LONGEST_EMAIL else []


def refuse_malformed(email: str) -> None:
    """Invalid unless it is one bare address: neither a name beside it nor a second one."""
    if sentences := email_faults(email):
        raise Invalid(sentences[0], details={"email": sentences})


def in_one_line(words: str) -> str:
    """A name as it may be shown anywhere: one line, no control characters."""
    plain = "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in words)
    return " ".join(plain.split())


def password_faults(value: str, user: User | None = None) -> list[str]:
    if len(value) > LONGEST_PASSWORD:
        return [f"The password is longer than {LONGEST_PASSWORD} characters."]
    try:
        validate_password(value, user)
    except ValidationError as error:
        return error.messages
    return []


def strength(password: str) -> str:
    """A rough measure for a meter: distinct characters and length, in bits."""
    bits = len(password) * math.log2(max(len(set(password)), 2))
    if bits < FAIR_BITS:
        return "weak"
    return "fair" if bits < STRONG_BITS else "strong"
