"""Settings, all of them from the environment; the defaults run the product on one machine."""

import base64
import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from convertr import admin_theme
from convertr.outbound.addresses import networks

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Where things are -------------------------------------------------------------------------

DATA = Path(env("CONVERTR_DATA", default=str(BASE_DIR / "var"))).resolve()
DEBUG = env.bool("DEBUG", default=False)
PRODUCTION = env.bool("PRODUCTION", default=False)
DATABASE_URL = env("DATABASE_URL", default="")
REDIS_URL = env("REDIS_URL", default="")
EMBEDDED = not (DATABASE_URL and REDIS_URL)
if EMBEDDED:
    from convertr import embedded

    DATABASE_URL = DATABASE_URL or embedded.database_url(DATA)
    REDIS_URL = REDIS_URL or embedded.redis_url(DATA)


@contextlib.contextmanager
def _data_folder() -> Iterator[Path]:
    """The data folder, made if it isn't there; one line where it can't be used."""
    try:
        DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield DATA
    except OSError as error:
        raise SystemExit(
            f"The data folder {DATA} can't be used ({error.strerror}):"
            " set CONVERTR_DATA to a folder that you own."
        ) from error


def _secret_key() -> str:
    """SECRET_KEY from the environment, else one made once and kept in the data folder."""
    if key := env("SECRET_KEY", default=""):
        return str(key)
    if PRODUCTION:
        raise environ.ImproperlyConfigured("Set SECRET_KEY: a long random text, kept secret.")
    with _data_folder() as folder:
        kept = folder / "secret_key"
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(50))
        return kept.read_text()


SECRET_KEY = _secret_key()


def _vault_keys() -> list[str]:
    """What credentials are encrypted with, newest first; without any, one is made and kept."""
    if keys := env.list("VAULT_KEYS", default=[]):
        return [str(key).strip() for key in keys]
    if PRODUCTION:
        raise environ.ImproperlyConfigured("Set VAULT_KEYS: Fernet keys, the newest one first.")
    with _data_folder() as folder:
        kept = folder / "vault_key"
        if not kept.exists():
            # Two processes that start at once must not have two keys: one file gets the name.
            made = folder / f"vault_key.{secrets.token_hex(8)}"
            made.touch(mode=0o600)
            made.write_text(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
            with contextlib.suppress(FileExistsError):
                kept.hardlink_to(made)
            made.unlink()
        return [kept.read_text()]


VAULT_KEYS = _vault_keys()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SITE_URL = env("SITE_URL", default=f"http://localhost:{env('PORT', default='8000')}")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])

# --- Apps -------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "convertr",
    "convertr.accounts",
    "convertr.network",
    "convertr.jobs",
    "convertr.audit",
    "convertr.http_api",
    "convertr.ui",
    "conversions",
    "requests_workflow",
    "leads",
    "batches",
    "unfold",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "import_export",
    "ninja",
    "pghistory",
    "pgtrigger",
]

MIDDLEWARE = [
    "convertr.logs.RequestIdMiddleware",
    "convertr.health.HealthMiddleware",
    "convertr.metrics.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "convertr.http_api.middleware.ApiMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "convertr.ui.middleware.AdminPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "convertr.ui.middleware.PrivateMiddleware",
    "convertr.ui.middleware.SignedOutFragmentMiddleware",
    "convertr.ui.middleware.TimeZoneMiddleware",
    "convertr.audit.middleware.ActorMiddleware",
]

ROOT_URLCONF = "convertr.urls"
WSGI_APPLICATION = "convertr.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "convertr.ui.context.frame",
            ],
        },
    }
]

# --- Database, cache, broker ------------------------------------------------------------------

DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
_database: dict[str, Any] = DATABASES["default"]
_database["CONN_HEALTH_CHECKS"] = True
_database.setdefault("OPTIONS", {})
# After so many times a statement that goes past Django's cursors (convertr.prepared, a batch of
# leads) is kept planned; 0: never, as a PgBouncer before 1.21 needs it.
_database["OPTIONS"]["prepare_threshold"] = env.int("DATABASE_PREPARE", default=5) or None
if env.bool("DATABASE_POOL", default=True):
    # Left to itself, the pool would pause twice as long after each attempt while the database is
    # away, up to minutes, and pages would wait for it when it is back. It soon gives up instead:
    # whoever asks next has it try at once.
    _pool = {"min_size": 1, "max_size": 8, "timeout": 5, "reconnect_timeout": 2}
    _database["OPTIONS"]["pool"] = _pool
else:
    # A worker's children keep one connection each: faster, and as safe with the health checks.
    _database["CONN_MAX_AGE"] = 60

# Lists and exports are read there (convertr.replica); nothing is ever written.
DATABASE_REPLICA_URL = env("DATABASE_REPLICA_URL", default="")
if DATABASE_REPLICA_URL:
    _replica: dict[str, Any] = environ.Env.db_url_config(DATABASE_REPLICA_URL)
    _options = {name: value for name, value in _database["OPTIONS"].items() if name != "host"}
    _replica["OPTIONS"] = {**_options, **_replica.get("OPTIONS", {})}
    DATABASES["replica"] = {**_database, **_replica, "TEST": {"MIRROR": "default"}}
# So long does `migrate` wait for a table: whoever comes later waits behind it.
MIGRATE_LOCK_SECONDS = env.float("MIGRATE_LOCK_SECONDS", default=5.0)

CACHES = {
    "default": {
        "BACKEND": "convertr.cache.ForgivingCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_DB_REUSE_MAX = 100_000
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA / "beat-schedule")
# Beat makes no folder for its notes, and ends; where none can be made, the others need none.
with contextlib.suppress(OSError):
    DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
# Ticks have a queue and a worker of their own, so that long jobs can't keep them waiting.
TICKS = ("jobs.tick", "jobs.housekeeping", "requests.tick", "leads.tick", "batches.tick")
CELERY_TASK_ROUTES = {name: {"queue": "ticks"} for name in TICKS}
# So does what people wait for, and is soon done.
CELERY_TASK_ROUTES |= {name: {"queue": "soon"} for name in ("requests.process", "leads.process")}
# So do calls to other people's servers, which may be slow.
CELERY_TASK_ROUTES["postbacks.send"] = {"queue": "outbound"}
CELERY_TASK_ROUTES |= {name: {"queue": "batches"} for name in ("batches.work", "batches.call")}
CELERY_IMPORTS = [
    "conversions.partner_postbacks.tasks",
    "requests_workflow.tasks",
    "leads.tasks",
    "batches.tasks",
]
# How far workers, and the embedded database's part of their work, come after pages: as nice(1).
WORKER_NICE = env.int("WORKER_NICE", default=10)
TICK_SECONDS = env.float("TICK_SECONDS", default=15.0)
# What people wait for: postbacks, accepted requests, leads.
SHORT_TICK_SECONDS = min(TICK_SECONDS, 3.0)
CELERY_BEAT_SCHEDULE = {
    "tick": {
        "task": "jobs.tick",
        "schedule": TICK_SECONDS,
        "options": {"expires": TICK_SECONDS},
    },
    "postbacks": {
        "task": "postbacks.send",
        "schedule": SHORT_TICK_SECONDS,
        "options": {"expires": SHORT_TICK_SECONDS},
    },
    "requests": {
        "task": "requests.tick",
        "schedule": SHORT_TICK_SECONDS,
        "options": {"expires": SHORT_TICK_SECONDS},
    },
    "leads": {
        "task": "leads.tick",
        "schedule": SHORT_TICK_SECONDS,
        "options": {"expires": SHORT_TICK_SECONDS},
    },
    "batches": {
        "task": "batches.tick",
        "schedule": SHORT_TICK_SECONDS,
        "options": {"expires": SHORT_TICK_SECONDS},
    },
    "housekeeping": {
        "task": "jobs.housekeeping",
        "schedule": 3600.0,
        "options": {"expires": 3600.0},
    },
}

# --- Files ------------------------------------------------------------------------------------

STORAGE_URL = env("STORAGE_URL", default="")


def _file_storage() -> dict[str, Any]:
    """A folder, or a bucket where STORAGE_URL is s3://KEY:SECRET@HOST/BUCKET (host optional)."""
    if not STORAGE_URL:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": DATA / "files"},
        }
    url = environ.urlparse(STORAGE_URL)
    options = {"bucket_name": url.path.strip("/"), "default_acl": "private"}
    if url.username:
        options |= {"access_key": url.username, "secret_key": url.password}
    if url.hostname:
        port = f":{url.port}" if url.port else ""
        scheme = "http" if url.scheme == "s3+http" else "https"
        options["endpoint_url"] = f"{scheme}://{url.hostname}{port}"
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


STORAGES = {
    "default": _file_storage(),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(DATA / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION

# --- People -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "convertr.accounts.backends.RoleBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "convertr.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_FORMS = {"login": "convertr.ui.sign_in.LoginForm"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Convertr: "
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_RATE_LIMITS = {"login_failed": env("LOGIN_FAILED_LIMIT", default="10/m/ip,5/5m/key")}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Nobody signs up: an administrator or an invitation vouches for the address.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
if PRODUCTION and not env("EMAIL_URL", default=""):
    raise environ.ImproperlyConfigured("Set EMAIL_URL: invitations and new passwords go by mail.")
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = EMAIL_CONFIG.pop("EMAIL_BACKEND")
globals().update(EMAIL_CONFIG)
# A mail server that hangs holds up no page and no job for longer than these seconds.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="convertr@localhost")

# --- Language and time ------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
FORMAT_MODULE_PATH = "convertr.formats"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# --- Safety -----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
BEHIND_TLS_PROXY = env.bool("BEHIND_TLS_PROXY", default=PRODUCTION)
if BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# So many last entries of X-Forwarded-For are ours; sign-in is limited by the address before them.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=int(BEHIND_TLS_PROXY))
# Uploads are refused while they are read; the rest of a form is small.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=20 * 1024 * 1024)
FILE_UPLOAD_HANDLERS = [
    "convertr.ui.uploads.LimitedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
CSRF_FAILURE_VIEW = "convertr.ui.views.csrf_failure"

# --- Calls to other people's servers -----------------------------------------------------------

# Private networks that may be called all the same, as CIDRs; a cloud's metadata never are.
OUTBOUND_ALLOW = networks(env.list("OUTBOUND_ALLOW", default=[]))
OUTBOUND_CONNECT_SECONDS = env.float("OUTBOUND_CONNECT_SECONDS", default=5.0)
OUTBOUND_TOTAL_SECONDS = env.float("OUTBOUND_TOTAL_SECONDS", default=15.0)
# A postback whose sender has been silent for so long is sent again; longer than any call takes.
POSTBACK_SILENT_SECONDS = env.float("POSTBACK_SILENT_SECONDS", default=60.0)

# A batch whose sender has not been heard of for so long is taken over by another.
BATCH_SILENT_SECONDS = env.float("BATCH_SILENT_SECONDS", default=30.0)

# --- The product's own limits -----------------------------------------------------------------

CSV_MAX_ROWS = env.int("CSV_MAX_ROWS", default=10_000)
# Calls of one API key: so many a second, so many at once.
API_RATE = env.float("API_RATE", default=30)
API_BURST = env.int("API_BURST", default=50)
# Calls with what is no key, of one address, a minute.
API_WRONG_KEYS = env.int("API_WRONG_KEYS", default=30)
SELECTION_MAX = env.int("SELECTION_MAX", default=100_000)
SELECTION_TYPE_NUMBER_OVER = 1_000
EXPORT_AS_JOB_OVER = env.int("EXPORT_AS_JOB_OVER", default=50_000)
IMPORT_MAX_ROWS = env.int("IMPORT_MAX_ROWS", default=50_000)
# Files that are evidence of a request.
REQUEST_EVIDENCE_MAX_BYTES = env.int("REQUEST_EVIDENCE_MAX_BYTES", default=10 * 1024 * 1024)
REQUEST_EVIDENCE_MAX_FILES = 5
JOB_CHUNK_ROWS = env.int("JOB_CHUNK_ROWS", default=2_500)
JOB_CHUNK_ATTEMPTS = env.int("JOB_CHUNK_ATTEMPTS", default=20)
JOB_SILENT_SECONDS = env.float("JOB_SILENT_SECONDS", default=15.0)
# So many rows of a call are applied while it waits, for a lock at most so long.
JOB_INLINE_ROWS = env.int("JOB_INLINE_ROWS", default=100)
JOB_INLINE_LOCK_SECONDS = env.float("JOB_INLINE_LOCK_SECONDS", default=2.0)
JOB_VERIFIED_HOURS = env.int("JOB_VERIFIED_HOURS", default=24)
JOB_MAIL_AFTER_SECONDS = 60
# How long is kept what grows without end; 0 is for ever.
RETAIN_JOB_ROWS_DAYS = env.int("RETAIN_JOB_ROWS_DAYS", default=400)
RETAIN_API_JOBS_DAYS = env.int("RETAIN_API_JOBS_DAYS", default=90)
RETAIN_HISTORY_DAYS = env.int("RETAIN_HISTORY_DAYS", default=0)
RETAIN_POSTBACK_CALLS_DAYS = env.int("RETAIN_POSTBACK_CALLS_DAYS", default=90)
RETAIN_POSTBACK_EVENTS_DAYS = env.int("RETAIN_POSTBACK_EVENTS_DAYS", default=90)
RETAIN_LEADS_DAYS = env.int("RETAIN_LEADS_DAYS", default=0)
RETAIN_EXPORT_FILES_DAYS = env.int("RETAIN_EXPORT_FILES_DAYS", default=30)
RETAIN_BATCH_FILES_DAYS = env.int("RETAIN_BATCH_FILES_DAYS", default=400)
RETAIN_BATCH_ATTEMPTS_DAYS = env.int("RETAIN_BATCH_ATTEMPTS_DAYS", default=400)
RETAIN_NOTIFICATIONS_DAYS = env.int("RETAIN_NOTIFICATIONS_DAYS", default=90)
DEMO = env.bool("DEMO", default=False)

# What Prometheus sends as Bearer; without one, /metrics is closed in production.
METRICS_TOKEN = env("METRICS_TOKEN", default="")

# --- Libraries --------------------------------------------------------------------------------

FORM_RENDERER = "convertr.ui.forms.Renderer"
DJANGO_TABLES2_TEMPLATE = "ui/table.html"
IMPORT_EXPORT_USE_TRANSACTIONS = True
LOGGING_CONFIG = "convertr.logs.configure"
LOGGING = {"json": PRODUCTION, "level": env("LOG_LEVEL", default="INFO")}
UNFOLD = admin_theme.UNFOLD
