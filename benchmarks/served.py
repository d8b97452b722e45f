"""The site as it is served in production, but quiet about refusals: the measurements ask for them on purpose."""

from __future__ import annotations

import logging

from yunquan.config.wsgi import application

__all__ = ["application"]

logging.getLogger("django.request").setLevel(logging.ERROR)
