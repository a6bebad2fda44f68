"""The services that somebody can connect, and what each needs to know. Document dana.txt, "Integrations".

This is the one declaration: the published JSON Schema, what is refused, what is masked and the page's form are made of it.
"""

from conversations.models.integration_settings import HOST, IntegrationType, Setting, password

SLACK = IntegrationType(
    type="slack",
    name="Slack",
    description="Send notifications to Slack channels",
    category="business",
    icon="rooms",
    steps=(
        "At api.slack.com/apps make an app for your workspace.",
        "Under OAuth & Permissions give it the bot scopes chat:write, channels:read and groups:read, and install it.",
        "Copy the Bot User OAuth Token, and invite the app to the channel with /invite.",
        "The channel's id stands at the end of its details in Slack.",
    ),
    own_settings=(
        Setting(
            name="bot_token",
            title="Bot Token",
            description="Slack Bot User OAuth Token (starts with xoxb-)",
            pattern="^xoxb-[A-Za-z0-9-]+$",
            is_secret=True,
        ),
        Setting(
            name="channel_id",
            title="Channel ID",
            description="Slack Channel ID (starts with C)",
            pattern="^[CG][A-Z0-9]+$",
            most=40,
        ),
    ),
)

EMAIL = IntegrationType(
    type="email",
    name="Email",
    description="Send and receive emails",
    category="business",
    icon="mail",
    steps=(
        "Your mail provider names its SMTP server, for sending, and its IMAP server, for receiving.",
        "Where you sign in with a second factor, make a password for apps there and use that one.",
        "IMAP may be left out: then mail is only sent.",
    ),
    own_settings=(
        Setting(name="smtp_host", title="SMTP server", description="Such as smtp.example.com", pattern=HOST, most=253),
        Setting(
            name="smtp_port",
            title="SMTP port",
            description="587 where TLS is asked for, 465 where it begins at once",
            kind="integer",
            ports="SMTP_PORTS",
            default=587,
        ),
        Setting(name="username", title="User name", description="Often the whole e-mail address"),
        password("password", "Password", "Your password there, or one for apps", sent_to=("smtp_host", "imap_host")),
        Setting(
            name="from_email",
            title="From",
            description="The address that mail is sent from",
            pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$",
            most=254,
        ),
        Setting(
            name="use_tls",
            title="Encrypt the connection",
            description="Without it the password travels openly; ports where TLS begins at once are always encrypted",
            kind="boolean",
            is_required=False,
            default=True,
            is_advanced=True,
        ),
        Setting(
            name="imap_host",
            title="IMAP server",
            description="Such as imap.example.com",
            pattern=HOST,
            most=253,
            is_required=False,
        ),
        Setting(
            name="imap_port",
            title="IMAP port",
            description="993, or 143 where TLS is asked for",
            kind="integer",
            ports="IMAP_PORTS",
            is_required=False,
        ),
        Setting(
            name="imap_username",
            title="IMAP user name",
            description="Where it is not the same",
            is_required=False,
            is_advanced=True,
        ),
        Setting(
            name="imap_password",
            title="IMAP password",
            description="Where it is not the same",
            most=500,
            is_secret=True,
            is_required=False,
            sent_to=("imap_host",),
            is_advanced=True,
        ),
        Setting(
            name="imap_use_ssl",
            title="Encrypt the connection to IMAP",
            description="Without it the password travels openly",
            kind="boolean",
            is_required=False,
            default=True,
            is_advanced=True,
        ),
    ),
)

HUBSPOT = IntegrationType(
    type="hubspot",
    name="HubSpot",
    description="Sync contacts and create tickets in HubSpot",
    category="business",
    icon="users",
    steps=(
        "In HubSpot open Settings, Integrations, Private Apps, and make one.",
        "Give it the scopes crm.objects.contacts.read and tickets.",
        "Copy its access token.",
    ),
    own_settings=(
        Setting(
            name="access_token",
            title="Access token",
            description="HubSpot private app access token (starts with pat-)",
            pattern="^[!-~]+$",
            most=1000,
            is_secret=True,
        ),
    ),
)

POSTGRESQL = IntegrationType(
    type="postgresql",
    name="PostgreSQL",
    description="Connect to PostgreSQL databases",
    category="database",
    icon="terminal",
    steps=(
        "Make a role that may only read what Stoa shall see.",
        "Let your server's firewall and pg_hba.conf accept this house, with TLS.",
        "The test connects, asks for 1, and changes nothing.",
    ),
    own_settings=(
        Setting(name="host", title="Host", description="Such as db.example.com", pattern=HOST, most=253),
        Setting(
            name="port", title="Port", description="Mostly 5432", kind="integer", least=1024, greatest=65535, default=5432
        ),
        Setting(
            name="database", title="Database", description="Its name", pattern=r"^[^=/\\]+$", most=63
        ),
        Setting(name="username", title="User name", description="Of a role that may read", most=63),
        password("password", "Password", "Of this role", sent_to=("host",)),
        Setting(
            name="sslmode",
            title="Encryption",
            description="require encrypts, verify-full also proves that it is the right server, disable does neither",
            words=("require", "verify-full", "disable"),
            default="require",
            is_required=False,
            is_advanced=True,
        ),
    ),
)  # fmt: skip

TYPES: dict[str, IntegrationType] = {kind.type: kind for kind in (SLACK, EMAIL, HUBSPOT, POSTGRESQL)}
"""In the document's order."""
