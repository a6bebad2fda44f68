"""HubSpot on this machine: contacts, and whose account it is."""

import json

from tests.fakes.stand_in import StandIn

TOKEN = "pat-na1-right"
CONTACTS, ACCOUNT = "/crm/v3/objects/contacts", "/account-info/v3/details"


class HubSpotHouse(StandIn):
    """`refuses` maps a path to the status it answers."""

    def __init__(self):
        super().__init__()
        self.refuses = {}

    def answer(self, asked):
        if status := self.refuses.get(asked.path):
            return self.said(status, {"status": "error", "message": "at 10.1.2.3", "correlationId": "x"})
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.said(
                401,
                {
                    "status": "error",
                    "message": "Authentication credentials not found.",
                    "category": "INVALID_AUTHENTICATION",
                },
            )
        if asked.path == CONTACTS:
            return self.said(200, {"results": [{"id": "51", "properties": {"email": "a@b.example"}}], "paging": {}})
        if asked.path == ACCOUNT:
            return self.said(200, {"portalId": 4711, "accountType": "STANDARD", "timeZone": "Europe/Berlin"})
        return self.said(404, {})

    def said(self, status, body):
        return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


def used_by(settings, house):
    settings.HUBSPOT_API = house.base
