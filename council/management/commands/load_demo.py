import json
import secrets
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.models import User
from accounts.verbs.registration import sign_up
from accounts.verbs.staff import appoint
from council.management.demo.clients import serve_clients
from council.management.demo.house import run_the_house
from council.management.demo.memberships import offer_tiers
from council.management.demo.world import address_of, build

SIGN_INS = (("creator", "mira"), ("listener", "sam"), ("staff", "staff"))


class Command(BaseCommand):
    help = "Fills an empty house with the demo world. A house that has it, or a real payment provider, is left alone."

    def handle(self, *args, **options):
        if User.objects.filter(email=address_of("mira")).exists():
            return
        if settings.HYPERSWITCH_API_KEY or settings.STRIPE_SECRET_KEY:
            # Its people buy and are paid, which a real provider must not hear of.
            self.stdout.write("The demo trades in the sandbox, so it is left out where a payment provider is named.")
            return
        password = settings.DEMO_PASSWORD or secrets.token_urlsafe(9)
        with transaction.atomic():  # all of it or nothing: a load that was interrupted starts anew
            world = build(password=password)
            staff = self.make_staff(password)
            offer_tiers(by=staff, subscriber=world["mira"])
            serve_clients(world["mira"])
            run_the_house(by=staff, world=world)
        rows = [{"role": role, "email": address_of(key), "password": password} for role, key in SIGN_INS]
        path = Path(settings.DATA_DIR) / "demo.json"
        path.write_text(json.dumps({"address": settings.SITE_URL, "sign_ins": rows}, indent=1))
        path.chmod(0o600)

    @staticmethod
    def make_staff(password):
        user = sign_up(email=address_of("staff"), password=password, name="House Keeper", username="staff")
        appoint(user_id=user.pk, role=User.Role.SUPER_ADMIN, by=None)
        return User.objects.get(pk=user.pk)
