"""Every setting, from the environment table in README.md. Nothing is sniffed: what is not named is not used."""

import functools
import os
import secrets
import sys
from decimal import Decimal
from pathlib import Path

import environ

from config.policies import HSTS, REFERRER, guard_static
from config.storages import storage_for

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- where things are ----------------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
SITE_URL = (
    env.str("SITE_URL", default="")
    or f"http://{'localhost' if HOST in ('127.0.0.1', '0.0.0.0', '::') else HOST}:{PORT}"  # noqa: S104 -- compared, not bound
).rstrip("/")
IS_SECURE = SITE_URL.startswith("https://")

for folder in ("", "keys", "media", "files", "incoming", "mail", "broker", "broker/done"):
    (DATA_DIR / folder).mkdir(parents=True, exist_ok=True)


def kept_secret(name: str) -> str:
    """The secret kept in DATA_DIR/keys/`name`, made on first use. Two processes that race end up with the same one."""
    path = DATA_DIR / "keys" / name
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    value = secrets.token_urlsafe(50)
    with os.fdopen(descriptor, "w") as file:
        file.write(value)
    return value


SECRET_KEY = env.str("SECRET_KEY", default="") or kept_secret("secret_key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[]) or [
    "localhost",
    "127.0.0.1",
    "[::1]",
    SITE_URL.split("://")[1].split(":")[0],
]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# Behind TLS nothing else is trusted; on a developer's machine the server goes by several names.
TRUSTED_ORIGINS = (
    [SITE_URL] if IS_SECURE else sorted({SITE_URL, f"http://localhost:{PORT}", f"http://127.0.0.1:{PORT}"})
)

# --- the apps ------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.github",
    "allauth.socialaccount.providers.google",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "config.apps.House",
    "ontology",
    "accounts",
    "marketplace",
    "conversations",
    "council",
]

MIDDLEWARE = [
    # The one asynchronous part comes first: behind it a request changes to a thread once and stays there.
    "servestatic.middleware.ServeStaticMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.SecurityHeaders",
    "config.middleware.RateLimits",
    "config.middleware.BodyLimits",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.sessions.LiveSession",
    "django_otp.middleware.OTPMiddleware",
    "accounts.middleware.clients.KnowsTheClient",
    "accounts.middleware.privacy.GlobalPrivacyControl",
    "accounts.middleware.audit.Audit",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.WaysBack",
    # Last, and synchronous only: so all that stands before it is called in its thread, without a change of threads each.
    "accounts.middleware.maintenance.MaintenanceMode",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.house",
                "conversations.pages.context.unread",
                "conversations.pages.announcements.announced",
            ],
            "builtins": ["django.templatetags.static", "ontology.templatetags.pieces"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
# Django's own form templates stay reachable through TemplatesSetting.
INSTALLED_APPS.append("django.forms")

# --- database, cache, queue ----------------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
DATABASE_URL = env.str("DATABASE_URL", default="")

if DATABASE_URL:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
else:
    DATABASES = {"default": {"ENGINE": "config.sqlite3", "NAME": str(DATA_DIR / "stoa.sqlite3")}}

IS_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if IS_SQLITE:
    # IMMEDIATE: a transaction that will write takes its turn at once instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
            "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=134217728; PRAGMA cache_size=-16000; PRAGMA journal_size_limit=67108864;"
        ),
    }
else:
    # Whoever waits longer than that for a connection hears 503; calls outside hold none (config/connections.py).
    DATABASES["default"]["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 16, "timeout": 20}}
# Each test process has a database file of its own, so that runs beside each other never meet, and threads see one file.
DATABASES["default"]["TEST"] = {
    "NAME": str(DATA_DIR / f"test-{os.getpid()}.sqlite3") if IS_SQLITE else f"test_stoa_{os.getpid()}"
}

CACHES = {
    "default": {"BACKEND": "config.caches.RedisOrLocalCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 50_000}}
}

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# What waits for a model's provider stands in nobody's way.
CELERY_TASK_ROUTES = {
    "council.jobs.deliberate": {"queue": "deliberations"},
    "conversations.jobs.assistant.answer_client": {"queue": "deliberations"},
}
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
else:
    # A broker made of files: it survives a restart and needs no server. A message whose worker is killed is lost; the
    # database row is the truth, and each app's sweep finds it.
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT = "config.broker:Transport"  # the same, with files that appear whole
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(DATA_DIR / "broker"),
        "data_folder_out": str(DATA_DIR / "broker"),
        "control_folder": str(DATA_DIR / "broker"),
        "polling_interval": 0.2,
    }
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

# --- accounts ------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
# allauth's backend alone: a second one would hash twice and tell by its time who exists.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CREDENTIAL_VERIFIER = "accounts.verbs.credentials.verify"
SESSION_ENGINE = "accounts.models.web_sessions"
# Better Auth's name, so that its clients, the pages and the admin share one cookie.
SESSION_COOKIE_NAME = ("__Secure-" if IS_SECURE else "") + "better-auth.session_token"
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_SECURE
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "accounts.pages.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Optional, and ours: allauth sends no mail and knows no link (accounts/verbs/verification.py).
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Stoa: "
# Sign-in with a provider is on where its two names are given.
GITHUB_CLIENT_ID = env.str("GITHUB_CLIENT_ID", default="")
GITHUB_CLIENT_SECRET = env.str("GITHUB_CLIENT_SECRET", default="")
GITHUB_API = "https://api.github.com"
GOOGLE_CLIENT_ID = env.str("GOOGLE_CLIENT_ID", default="")
GOOGLE_CLIENT_SECRET = env.str("GOOGLE_CLIENT_SECRET", default="")
GOOGLE_KEYS = "https://www.googleapis.com/oauth2/v3/certs"
SOCIALACCOUNT_ADAPTER = "accounts.pages.social.SocialAccountAdapter"
SOCIALACCOUNT_STORE_TOKENS = SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_QUERY_EMAIL = True
SOCIALACCOUNT_PROVIDERS = {
    "github": {"APPS": [{"client_id": GITHUB_CLIENT_ID, "secret": GITHUB_CLIENT_SECRET}] if GITHUB_CLIENT_ID else []},
    "google": {
        "APPS": [{"client_id": GOOGLE_CLIENT_ID, "secret": GOOGLE_CLIENT_SECRET}] if GOOGLE_CLIENT_ID else [],
        "OAUTH_PKCE_ENABLED": True,
    },
}
# A wrong code delays the next try, doubling each time; the limit per account stands in front of it.
OTP_TOTP_ISSUER = "Stoa"
OTP_TOTP_THROTTLE_FACTOR = OTP_STATIC_THROTTLE_FACTOR = 0.05
BACKUP_CODE_ITERATIONS = 600_000  # of PBKDF2-SHA256; ten at a set-up, one at a try

# --- limits --------------------------------------------------------------------------------------------------------

RATE_LIMITS = {
    "default": env.str("RATE_LIMIT_DEFAULT", default="1000/hour"),
    "auth": env.str("RATE_LIMIT_AUTH", default="20/minute"),
    "ip": env.str("RATE_LIMIT_IP", default="100/second"),
    "global": env.str("RATE_LIMIT_GLOBAL", default="1000/second"),
}
# Per address of mail, over all dialects and the pages; document one.txt, "Rate Limiting".
ACCOUNT_RATE_LIMITS: dict[str, str | None] = {
    "signup_email": "3/h/key",
    "signin_email": "5/15m/key",
    "login_failed": "30/m/ip,5/15m/key",
    "reset_password": "20/m/ip,3/h/key",
    "magic_email": "20/m/ip,3/h/key",
    "verify_email": "20/m/ip,3/h/key",
    # Wrong passwords of who is signed in already; a right one gives them back.
    "confirm_identity": "5/15m/key",
}
if not RATE_LIMITS["auth"]:
    # Switched off means off: allauth brings limits per address of the network and per account of its own.
    ACCOUNT_RATE_LIMITS |= (
        dict.fromkeys(
            ("login", "signup", "change_password", "manage_email", "reauthenticate", "reset_password_from_key"), None
        )
        | {"login_failed": "5/15m/key"}
        | dict.fromkeys(("reset_password", "magic_email", "verify_email"), "3/h/key")
    )
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# What one file may hold, by what it is for; ontology/verbs/uploads.py says which types each takes.
UPLOAD_BYTES = {
    "track": 200 * 1024 * 1024,
    "cover": 10 * 1024 * 1024,
    "avatar": 5 * 1024 * 1024,
    "cloud_file": 512 * 1024 * 1024,
    "gear_document": 25 * 1024 * 1024,
    "knowledge_file": 20 * 1024 * 1024,
    "client_media": 25 * 1024 * 1024,
}
# A body of several parts: the largest file, and room for its fields and boundaries.
MAX_UPLOAD_BYTES = max(UPLOAD_BYTES.values()) + 1024 * 1024
FILE_UPLOAD_TEMP_DIR = str(DATA_DIR / "incoming")
TRACK_MOST_SECONDS = 4 * 3600
TRACK_MOST_OF_ONE = 2000  # of one owner
TRACK_KEEP_DELETED_DAYS = 30
CLOUD_QUOTA_BYTES = 1024 * 1024 * 1024
CLOUD_MOST_FILES = 10_000
CLOUD_MOST_VERSIONS = 100  # of one file; the oldest goes when there is one more
CLOUD_KEEP_DELETED_DAYS = 30
GEAR_MOST_ITEMS = 2000  # of one owner
GEAR_MOST_DOCUMENTS = 100  # of one item
GEAR_MOST_REPAIRS = 1000  # of one item
GEAR_QUOTA_BYTES = 512 * 1024 * 1024  # all papers of one owner
PRODUCT_MOST_FILES = 50  # that buyers of one product get
PRODUCT_QUOTA_BYTES = 10 * 1024 * 1024 * 1024  # all files that one seller sells

# --- live streams --------------------------------------------------------------------------------------------------

# Where encoders publish: an ingest server (nginx-rtmp, MediaMTX) beside Stoa, on RTMP's own port.
RTMP_URL = f"rtmp://{SITE_URL.split('://')[1].split(':')[0]}/live"
# Where that server offers HLS, if it does: <this>/<id of the stream>.m3u8
LIVE_HLS_URL = env.str("LIVE_HLS_URL", default="").rstrip("/")
LIVE_SILENT_SECONDS = 90  # a stream whose ingest server is silent for that long has ended

# --- money ---------------------------------------------------------------------------------------------------------

PLATFORM_FEE_BP = int(Decimal(env.str("PLATFORM_FEE_RATE", default="0.10")) * 10_000)
TRANSFER_RETRY_ENABLED = env.bool("TRANSFER_RETRY_ENABLED", default=True)
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
# Without a provider the sandboxes sign their webhooks with secrets of their own.
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="") or (
    "" if STRIPE_SECRET_KEY else kept_secret("sandbox_payout_secret")
)
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="https://api.stripe.com")
HYPERSWITCH_API_KEY = env.str("HYPERSWITCH_API_KEY", default="")
HYPERSWITCH_API_BASE = env.str("HYPERSWITCH_API_BASE", default="https://sandbox.hyperswitch.io")
HYPERSWITCH_PROFILE_ID = env.str("HYPERSWITCH_PROFILE_ID", default="")
HYPERSWITCH_WEBHOOK_SECRET = env.str("HYPERSWITCH_WEBHOOK_SECRET", default="") or (
    "" if HYPERSWITCH_API_KEY else kept_secret("sandbox_webhook_secret")
)
# Who issues invoices: the platform. Lines of the address are parted by `|`.
INVOICE_ISSUER = env.str("INVOICE_ISSUER", default="Stoa")
INVOICE_ADDRESS = env.str("INVOICE_ADDRESS", default="")
INVOICE_COUNTRY = env.str("INVOICE_COUNTRY", default="").upper()
INVOICE_VAT_ID = env.str("INVOICE_VAT_ID", default="")
INVOICE_FACTURX = env.bool("INVOICE_FACTURX", default=False)

# --- advice --------------------------------------------------------------------------------------------------------

LLM_MODEL = env.str("LLM_MODEL", default="")
# Names that people write, and what the provider calls it today.
LLM_ALIASES = {
    "claude-sonnet-4": "anthropic:claude-sonnet-4-6",
    "claude-opus-4": "anthropic:claude-opus-4-8",
}
ANTHROPIC_API_KEY = env.str("ANTHROPIC_API_KEY", default="")
ANTHROPIC_BASE_URL = env.str("ANTHROPIC_BASE_URL", default="")
OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="")
OLLAMA_BASE_URL = env.str("OLLAMA_BASE_URL", default="")

# --- channels to clients -------------------------------------------------------------------------------------------

# Without Meta the sandbox signs what its clients write with a secret of its own; nobody else can.
META_APP_SECRET = env.str("META_APP_SECRET", default="") or kept_secret("sandbox_meta_secret")
META_IS_SET_UP = bool(env.str("META_APP_SECRET", default=""))  # webhooks then come from Meta, about real accounts
META_VERIFY_TOKEN = env.str("META_VERIFY_TOKEN", default="")
META_PAGE_TOKEN = env.str("META_PAGE_TOKEN", default="")
META_GRAPH_BASE = env.str("META_GRAPH_BASE", default="https://graph.facebook.com")
WHATSAPP_PHONE_NUMBER_ID = env.str("WHATSAPP_PHONE_NUMBER_ID", default="")

# --- services of others that people connect --------------------------------------------------------------------------

SLACK_API = "https://slack.com/api/"
HUBSPOT_API = "https://api.hubapi.com"
# Networks of one's own that integrations may reach, such as 10.0.0.0/8; everything that is not public is refused otherwise.
INTEGRATION_NETWORKS = env.list("INTEGRATION_NETWORKS", default=[])
# Mail servers' ports, and how TLS begins there: with the first byte, or once it is asked for.
SMTP_PORTS = {25: "starttls", 465: "tls", 587: "starttls", 2525: "starttls"}
IMAP_PORTS = {143: "starttls", 993: "tls"}

# --- mail and files ------------------------------------------------------------------------------------------------

EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mail")
DEFAULT_FROM_EMAIL = "Stoa <no-reply@" + SITE_URL.split("://")[1].split(":")[0] + ">"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_AUTOREFRESH = DEBUG
SERVESTATIC_ADD_HEADERS_FUNCTION = functools.partial(
    guard_static, more={"Strict-Transport-Security": HSTS} if IS_SECURE else {}
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    # Cloud files; public media stay in MEDIA_ROOT, where pages may show them from this address.
    "files": storage_for(env.str("STORAGE_URL", default=""), folder=DATA_DIR / "files"),
}

# --- demo ----------------------------------------------------------------------------------------------------------

DEMO = env.bool("DEMO", default=True)
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="")

# --- language, time, safety ----------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = REFERRER
SECURE_HSTS_SECONDS = 31_536_000 if IS_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_SECURE
SECURE_SSL_REDIRECT = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_SECURE else None
X_FRAME_OPTIONS = "DENY"
# TLS ends in front of Stoa; that proxy redirects.
SILENCED_SYSTEM_CHECKS = ["security.W008"]

# --- the APIs ------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "config.dialects.schema.WireSchema",
    # Otherwise `?format=mp3` is taken for a renderer and answers 404.
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "NUM_PROXIES": 0,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Stoa",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": "One account, one graph, one store, one inbox, one council; five published APIs.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "PREPROCESSING_HOOKS": ["config.dialects.schema.only_dialects"],
    # Each shape keeps its own choices: naming them all apart would be a second vocabulary.
    "POSTPROCESSING_HOOKS": [],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "description": "A JWT or a session token"},
            "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE_NAME},
            "sessionToken": {"type": "apiKey", "in": "query", "name": "token", "description": "ONE's own way"},
        },
        "headers": {
            "Retry-After": {
                "schema": {"type": "integer"},
                "description": "After how many seconds it is worth another try",
            },
            "X-RateLimit-Limit": {
                "schema": {"type": "integer"},
                "description": "Requests a second that are let through",
            },
            "X-RateLimit-Remaining": {"schema": {"type": "integer"}, "description": "Those that are left of them"},
        },
    },
}
UNFOLD = {
    "SITE_TITLE": "Stoa",
    "SITE_HEADER": "Stoa",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: "/static/img/favicon.svg"}],
    "DASHBOARD_CALLBACK": "council.admin.dashboard.dashboard",
    "SHOW_HISTORY": True,
    # Stoa's stone and terracotta (static/css/tokens.css) in the admin's eleven steps.
    "COLORS": {
        "base": {
            "50": "oklch(98% .004 80)",
            "100": "oklch(95.3% .006 80)",
            "200": "oklch(91.2% .008 80)",
            "300": "oklch(84.5% .010 80)",
            "400": "oklch(67.2% .010 80)",
            "500": "oklch(55% .012 72)",
            "600": "oklch(44% .012 68)",
            "700": "oklch(36.2% .008 64)",
            "800": "oklch(25.6% .006 62)",
            "900": "oklch(20% .006 62)",
            "950": "oklch(15.8% .006 62)",
        },
        "primary": {
            "50": "oklch(97.5% .012 48)",
            "100": "oklch(95.5% .020 48)",
            "200": "oklch(90% .045 46)",
            "300": "oklch(82% .080 45)",
            "400": "oklch(73.5% .118 46)",
            "500": "oklch(64% .135 42)",
            "600": "oklch(54.5% .136 40)",
            "700": "oklch(48.5% .130 40)",
            "800": "oklch(41% .105 40)",
            "900": "oklch(35% .080 42)",
            "950": "oklch(26.8% .036 44)",
        },
    },
}

# --- logs ----------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname:<7} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "INFO" if DEBUG else "WARNING"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
        # Anybody can send a foreign Host; it is answered, not reported.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "celery": {"level": "WARNING"},
    },
}

if "pytest" in sys.modules:
    # Tests hash hundreds of passwords; the cost of a hash is not what they test.
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
    BACKUP_CODE_ITERATIONS = 1
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    # Each test client builds the middleware anew; looking through all static files each time takes longer than the test.
    SERVESTATIC_USE_FINDERS = SERVESTATIC_USE_STATIC_ROOT = False
