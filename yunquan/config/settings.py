"""Django settings, from the environment; with none set, an embedded database in ./var.

YUNQUAN_DIR is the folder of the embedded database, files and the generated secret; YUNQUAN_DATABASE_URL
(`postgresql://user:password@host:port/name`) switches to PostgreSQL.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(BaseSettings):
    """What an installation sets; names carry the prefix YUNQUAN_."""

    model_config = SettingsConfigDict(env_prefix="YUNQUAN_")

    dir: Path = Path("var")
    database_url: str = ""
    secret_key: str = ""
    debug: bool = False
    demo: bool = False
    allowed_hosts: str = "localhost,127.0.0.1,[::1],testserver"
    trusted_origins: str = ""
    https: bool = False
    second_factor: bool = True
    site_id: str = Field(default="（未设置）")
    filing_number: str = Field(default="（未设置）")
    host_bureau: str = Field(default="（未设置）")
    supervision_telephone: str = Field(default="（未设置）")
    oidc_provider: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_server: str = ""
    connections_per_worker: int = 2
    usage_most_mb: int = 1024
    pull_private: bool = False
    clamd: str = ""
    smtp: str = ""
    mail_from: str = ""
    sms: str = ""
    sms_token: str = ""
    site_url: str = "http://localhost:8000"


ENVIRONMENT = Environment()
YUNQUAN_DIR = ENVIRONMENT.dir.resolve()
YUNQUAN_DEMO = YUNQUAN_STYLEGUIDE = ENVIRONMENT.demo
DEBUG = ENVIRONMENT.debug


def _secret() -> str:
    """The secret of this installation: from the environment, else made once and kept in its folder."""
    if ENVIRONMENT.secret_key:
        return ENVIRONMENT.secret_key
    kept = YUNQUAN_DIR / "secret_key"
    if not kept.exists():
        YUNQUAN_DIR.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return kept.read_text().strip()
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return kept.read_text().strip()


YUNQUAN_SITE = (
    {
        "sponsor": "广东省工业和信息化厅（演示）",
        "identifier": "（演示，未备案）",
        "filing": "（演示，未备案）",
        "telephone": "（演示，未设）",
    }
    if YUNQUAN_DEMO
    else {}
)
SECRET_KEY = _secret()
ALLOWED_HOSTS = [host for host in ENVIRONMENT.allowed_hosts.split(",") if host]
CSRF_TRUSTED_ORIGINS = [origin for origin in ENVIRONMENT.trusted_origins.split(",") if origin]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "yunquan.desks.shared",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "csp",
    "django_htmx",
    "django_tables2",
    "django_filters",
    "ninja",
    "yunquan.journal",
    "yunquan.ledger",
    "yunquan.parties",
    "yunquan.programme",
    "yunquan.dispatch",
    "yunquan.catalogue",
    "yunquan.evidence",
    "yunquan.usage",
    "yunquan.vouchers",
    "yunquan.feedback",
    "yunquan.pilots",
    "yunquan.demonstrations",
    "yunquan.settlement",
    "yunquan.matching",
    "yunquan.inspections",
    "yunquan.insight",
    "yunquan.api",
    *(f"yunquan.desks.{desk}" for desk in ("public", "enterprise", "supplier", "city", "province")),
    *(f"yunquan.desks.{desk}" for desk in ("expert", "auditor", "admin")),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "yunquan.desks.shared.middleware.RequestId",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "yunquan.desks.shared.language.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "yunquan.desks.shared.middleware.Bearable",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "yunquan.desks.shared.middleware.ActingAs",
    "csp.middleware.CSPMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "yunquan.config.urls"
WSGI_APPLICATION = "yunquan.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "yunquan.desks.shared.context.site",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")


def _postgresql(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    options: dict[str, object] = dict(parse_qsl(parts.query))
    options["pool"] = {"min_size": 1, "max_size": ENVIRONMENT.connections_per_worker}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or options.pop("host", ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def _sqlite() -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(YUNQUAN_DIR / "yunquan.sqlite3"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                "PRAGMA cache_size=-32000; PRAGMA temp_store=MEMORY;"
            ),
        },
        "TEST": {"NAME": str(YUNQUAN_DIR / "test.sqlite3")},
    }


DATABASES = {"default": _postgresql(ENVIRONMENT.database_url) if ENVIRONMENT.database_url else _sqlite()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "parties.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
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
LOGIN_REDIRECT_URL = "/desk/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "yunquan.desks.shared.accounts.AccountAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
SECOND_FACTOR_REQUIRED = ENVIRONMENT.second_factor and not ENVIRONMENT.demo
SOCIALACCOUNT_PROVIDERS = (
    {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "province",
                    "name": ENVIRONMENT.oidc_provider,
                    "client_id": ENVIRONMENT.oidc_client_id,
                    "secret": ENVIRONMENT.oidc_client_secret,
                    "settings": {"server_url": ENVIRONMENT.oidc_server},
                }
            ]
        }
    }
    if ENVIRONMENT.oidc_provider
    else {}
)
SOCIALACCOUNT_AUTO_SIGNUP = False
AXES_CLIENT_IP_CALLABLE = "yunquan.desks.shared.limits.address"
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if ENVIRONMENT.https else 0
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = ["axes.W003"]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).parent.parent / "desks" / "shared" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = YUNQUAN_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.https
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 8 * 3600
SECURE_SSL_REDIRECT = ENVIRONMENT.https
SECURE_HSTS_SECONDS = 31536000 if ENVIRONMENT.https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.https else None
CSRF_FAILURE_VIEW = "yunquan.desks.shared.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "yunquan.desks.shared.uploading.BearingFullDisk",
]
# The whole of one request with its files: a claim of ten documents of 20 MB each.
MOST_BODY_BYTES = 200 * 1024 * 1024
# One delivery of behaviour data through the API, streamed to the disk as it comes.
USAGE_MOST_BYTES = ENVIRONMENT.usage_most_mb * 1024 * 1024
# Whether a supplier's pull interface may lie on this machine or in a private network, without https on the former.
USAGE_PULL_PRIVATE = ENVIRONMENT.pull_private or ENVIRONMENT.demo
# The virus scanner: unix:/run/clamav/clamd.ctl or tcp:host:3310; without one files say that nobody looked.
YUNQUAN_CLAMD = ENVIRONMENT.clamd

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(YUNQUAN_DIR / "cache"),
        # Past this number some are dropped at random, limits and tokens of submission among them.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DJANGO_TABLES2_TEMPLATE = "shared/table.html"
NINJA_PAGINATION_PER_PAGE = 50
# Mail leaves over YUNQUAN_SMTP (`smtp://user:password@host:587` with STARTTLS, `smtps://…:465`), or as the
# backend named in YUNQUAN_EMAIL_BACKEND does; with neither set none is sent.
_SMTP = urlsplit(ENVIRONMENT.smtp)
EMAIL_BACKEND = os.environ.get(
    "YUNQUAN_EMAIL_BACKEND",
    f"django.core.mail.backends.{'smtp' if ENVIRONMENT.smtp else 'dummy'}.EmailBackend",
)
EMAIL_HOST, EMAIL_PORT = _SMTP.hostname or "localhost", _SMTP.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_SMTP.username or ""), unquote(_SMTP.password or "")
EMAIL_USE_SSL, EMAIL_USE_TLS, EMAIL_TIMEOUT = _SMTP.scheme == "smtps", _SMTP.scheme == "smtp", 10
DEFAULT_FROM_EMAIL = ENVIRONMENT.mail_from or "yunquan@localhost"
YUNQUAN_SMS, YUNQUAN_SMS_TOKEN = ENVIRONMENT.sms, ENVIRONMENT.sms_token
YUNQUAN_SITE_URL, YUNQUAN_SITE_NAME = ENVIRONMENT.site_url, "云券"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
