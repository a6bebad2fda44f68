"""What these checks share."""

import threading
import time

from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connection
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.verbs.two_factor import confirm, set_up
from config.errors import DomainError

NEW = "another colonnade 9"


def unlimited():
    """What an address has spent is forgotten; the limits have a class of their own."""
    cache.clear()


def code_of(user, steps=0):
    device = TOTPDevice.objects.get(user=user)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = time.time() + steps * device.step
    return f"{totp.token():06d}"


def with_second_factor(user):
    """Backup codes of an account with a confirmed address whose second factor is on."""
    EmailAddress.objects.filter(user=user).update(verified=True)
    enrolment = set_up(user=user)
    confirm(user=user)
    return enrolment.backup_codes


def at_once(count, work):
    results = [None] * count

    def run(n):
        try:
            results[n] = work(n)
        except Exception as fault:  # noqa: BLE001 -- it is the result
            results[n] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def outcome(work):
    try:
        return work()
    except DomainError as error:
        return str(error.kind)
