"""The shared parts are tried on a tiny site of their own, whatever the rest of the house looks like."""

from __future__ import annotations

import pytest

from tests.desks.shared.small_site import settings_of

_OURS = (
    "DEBUG",
    "ROOT_URLCONF",
    "YUNQUAN_STYLEGUIDE",
    "MIDDLEWARE",
    "CSRF_FAILURE_VIEW",
    "TEMPLATES",
    "SESSION_ENGINE",
    "WHITENOISE_AUTOREFRESH",
)


@pytest.fixture(autouse=True)
def small_site(settings, tmp_path):
    """Lay the tiny site's settings over those of the house."""
    wanted = settings_of(".")
    for name in _OURS:
        setattr(settings, name, wanted[name])
    settings.STATIC_ROOT = str(tmp_path)
    return settings


@pytest.fixture(scope="session", autouse=True)
def static_folder():
    """The live server's middleware warns where the folder of collected files is missing."""
    from pathlib import Path

    from django.conf import settings

    if getattr(settings, "STATIC_ROOT", None):
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
