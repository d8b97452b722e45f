"""What every page's frame shows: who is here, which size and language, whose site this is."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, gettext

from yunquan.journal import clock

SITE = {
    "name": "工业互联网应用服务平台",
    "sponsor": "（待填写）",
    "identifier": "（待填写）",
    "filing": "（待填写）",
    "telephone": "（待填写）",
    "report_url": "/feedback/",
}


def _installed() -> dict[str, str]:
    """What this installation set about itself; an unset one keeps the mark that it is to be filled in."""
    environment = getattr(settings, "ENVIRONMENT", None)
    names = {
        "sponsor": "host_bureau",
        "identifier": "site_id",
        "filing": "filing_number",
        "telephone": "supervision_telephone",
    }
    found = {name: getattr(environment, source, "") for name, source in names.items()}
    return {name: value for name, value in found.items() if value}


def _address(name: str, otherwise: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return otherwise


def site(request: HttpRequest) -> dict:
    """The template context processor; `request.who` (name, role, organisation) is set by the login floor."""
    shown = SITE | _installed() | getattr(settings, "YUNQUAN_SITE", {})
    size = "large" if request.COOKIES.get("size") == "large" else "normal"
    english = (get_language() or "zh-hans").startswith("en")
    here = request.get_full_path() if request.method == "GET" else request.path
    back = {"next": here}
    is_open = getattr(request, "is_open", False)
    column = (
        next((item["label"] for item in getattr(request, "nav", []) if item["active"]), "") if is_open else ""
    )
    home = urlsplit(settings.YUNQUAN_SITE_URL)
    appointments = getattr(request, "appointments", [])
    return {
        "nav": getattr(request, "nav", []),
        "page": {
            "site": shown,
            # What search engines are told: a public page has one address, a desk is none of theirs.
            "is_open": is_open,
            "column": column,
            "domain": home.hostname or "",
            "canonical": f"{settings.YUNQUAN_SITE_URL.rstrip('/')}{request.path}",
            "site_name": gettext(shown["name"]),
            "who": getattr(request, "who", None),
            "appointments": appointments if len(appointments) > 1 else [],
            "appointment": getattr(request, "appointment", None),
            "demo_clock": clock.read() if getattr(settings, "YUNQUAN_DEMO", False) else None,
            "size": size,
            "size_url": "/prefs/size?" + urlencode({"to": "normal" if size == "large" else "large"} | back),
            "language": "en" if english else "zh-Hans",
            "other_language": "zh-Hans" if english else "en",
            "other_language_label": "中文" if english else "EN",
            "language_url": "/prefs/language?" + urlencode({"to": "zh-hans" if english else "en"} | back),
            "login_url": _address("account_login", "/accounts/login/"),
            "logout_url": _address("account_logout", "/accounts/logout/"),
        },
    }
