"""A tiny site with one table of its own, for looking at the shared parts without the rest of the house."""

from __future__ import annotations

from typing import Any

import django
from django.conf import settings

CSP = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'"


def security(get_response: Any) -> Any:
    def answer(request: Any) -> Any:
        response = get_response(request)
        response.headers["Content-Security-Policy"] = CSP
        return response

    return answer


def settings_of(folder: str) -> dict[str, Any]:
    return {
        "DEBUG": False,
        "SECRET_KEY": "small",
        "ALLOWED_HOSTS": ["*"],
        "ROOT_URLCONF": "tests.desks.shared.small_urls",
        "YUNQUAN_STYLEGUIDE": True,
        "USE_TZ": True,
        "TIME_ZONE": "Asia/Shanghai",
        "LANGUAGE_CODE": "zh-hans",
        "LANGUAGES": [("zh-hans", "简体中文"), ("en", "English")],
        "STATIC_URL": "/static/",
        "INSTALLED_APPS": [
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "django_tables2",
            "django_filters",
            "yunquan.desks.shared",
        ],
        "MIDDLEWARE": [
            "tests.desks.shared.small_site.security",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "yunquan.desks.shared.language.ChosenLanguage",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_AUTOREFRESH": True,
        "CSRF_FAILURE_VIEW": "yunquan.desks.shared.errors.csrf_failure",
        "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/small.sqlite3"}},
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "string_if_invalid": "UNKNOWN[%s]",
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.template.context_processors.i18n",
                        "django.contrib.messages.context_processors.messages",
                        "yunquan.desks.shared.context.site",
                    ],
                },
            }
        ],
    }


def start(folder: str) -> None:
    settings.configure(**settings_of(folder))
    django.setup()
