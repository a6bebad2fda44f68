"""Integrations as their owners make them, and the services that answer them on this machine."""

from conversations.verbs.integrations import create_integration

SECRETS = ("xoxb-a-secret-token", "a secret password", "another secret", "pat-na1-a-secret-token")
SLACK = {"bot_token": SECRETS[0], "channel_id": "C0123456789"}
EMAIL = {
    "smtp_host": "smtp.example.com",
    "smtp_port": 587,
    "username": "ada@example.com",
    "password": SECRETS[1],
    "from_email": "ada@example.com",
}
IMAP = {"imap_host": "imap.example.com", "imap_port": 993, "imap_username": "ada", "imap_password": SECRETS[2]}
HUBSPOT = {"access_token": SECRETS[3]}
POSTGRESQL = {
    "host": "db.example.com",
    "port": 5432,
    "database": "shop",
    "username": "reader",
    "password": SECRETS[1],
    "sslmode": "verify-full",
}
CONFIGS = {"slack": SLACK, "email": EMAIL | IMAP, "hubspot": HUBSPOT, "postgresql": POSTGRESQL}


def connected(user, type="slack", **changes):
    return create_integration(user_id=user.pk, type=type, config=CONFIGS[type] | changes, by=user)


def all_connected(user):
    return [connected(user, type) for type in CONFIGS]


def leaks(text):
    """The secrets of the configs above that stand in a text."""
    return [secret for secret in SECRETS if secret in str(text)]
