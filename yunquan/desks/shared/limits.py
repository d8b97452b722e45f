"""How often one address may do what costs the house something: objections, look-ups, registrations."""

from __future__ import annotations

import hashlib
import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """Where a visitor comes from; behind a proxy the last hop that the proxy itself wrote down."""
    if settings.SECURE_PROXY_SSL_HEADER:
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded[:64]
    return str(request.META.get("REMOTE_ADDR", ""))


def within_limit(request: HttpRequest, what: str, *, times: int, seconds: int = 3600) -> bool:
    """Count one more use from this address; False once there were more than `times` in the period.

    The period is a fixed stretch of the clock, named in the key: counting up in a cache may lengthen or
    shorten how long it keeps a number.  The address itself is not kept, only its hash.
    """
    period = int(time.time() // seconds)
    key = f"limit:{what}:{hashlib.sha256(address(request).encode()).hexdigest()[:32]}:{period}"
    used = int(cache.get(key, 0)) + 1
    cache.set(key, used, seconds)
    return used <= times
