"""网站地图 and robots.txt: search engines are welcome to what is public, and told to leave the desks alone."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from yunquan.catalogue import queries as catalogue
from yunquan.desks.public.frame import NAV, open_page, page
from yunquan.desks.public.suppliers import services_named
from yunquan.kernel.calendar import local_date
from yunquan.parties import queries as parties
from yunquan.programme import queries as programme
from yunquan.settlement import access as settlement_access

# Pages that are there for everybody, beside those of the navigation.
MORE = (
    ("public:deadlines", "截止时间"),
    ("public:products", "产品查找和比较"),
    ("public:reckoning", "奖补试算"),
    ("public:demonstrations", "标杆示范项目"),
    ("public:matching", "地方配套公示"),
    ("public:data", "开放数据"),
    ("public:results", "抽查结果公开"),
    ("public:sanctions", "资格处理公开"),
    ("public:candidates", "培育对象"),
    ("public:draw_verify", "核验公开抽取"),
    ("public:notice_archive", "往期公告"),
    ("public:feedback", "监督电话和留言"),
    ("public:tracking", "查异议处理结果"),
    ("public:matching_tracking", "查配套异议处理结果"),
    ("public:message", "查留言的答复"),
    ("public:check", "核对回执和通知书"),
)
# What only people with an account, or their programs, open.
CLOSED = (
    "accounts", "desk", "enterprise", "supplier", "city", "province", "expert", "auditor", "admin", "files",
    "papers", "api", "prefs", "healthz",
)  # fmt: skip
MOST_EACH = 10_000


def columns() -> list[tuple[str, str]]:
    """Every public page with its name: the navigation, then the others."""
    return [*NAV, *((reverse(name), label) for name, label in MORE)]


@open_page
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines may read: everything but the desks and the interfaces."""
    lines = ["User-agent: *", *(f"Disallow: /{head}/" for head in CLOSED), "Allow: /"]
    lines.append(f"Sitemap: {_site()}{reverse('public:sitemap')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@open_page
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """The addresses of the public pages, with the day of the last change where one is known."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
    ]
    for address, day in _addresses():
        changed = f"<lastmod>{day}</lastmod>" if day else ""
        lines.append(f"<url><loc>{escape(_site() + address)}</loc>{changed}</url>")
    lines.append("</urlset>")
    return HttpResponse("\n".join(lines), content_type="application/xml; charset=utf-8")


@open_page
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The map of the site for people."""
    services = [(reverse("public:service", args=[int(number)]), name) for number, name in services_named()]
    return page(request, "site_map", {"columns": columns(), "services": services})


def _site() -> str:
    return str(settings.YUNQUAN_SITE_URL).rstrip("/")


def _addresses() -> Iterator[tuple[str, str]]:
    """Each public page once; of what grows, the latest ten thousand, so that the file stays within the protocol."""
    for address, _label in columns():
        yield address, ""
    for number, _name in services_named():
        yield reverse("public:service", args=[int(number)]), ""
    for kind in ("notice", "guide"):
        for row in programme.notices(kind, limit=MOST_EACH):
            yield (
                reverse("public:notice", args=[row.pk]),
                str(local_date(row.published_at)) if row.published_at else "",
            )
    suppliers = parties.public_suppliers().order_by("-pk").values_list("pk", flat=True)
    for pk in suppliers[:MOST_EACH]:
        yield reverse("public:supplier", args=[pk]), ""
    products = catalogue.listed().order_by("-pk").values_list("pk", "listed_on")
    for pk, listed_on in products[:MOST_EACH]:
        yield reverse("public:product", args=[pk]), str(listed_on or "")
    lists = settlement_access.public_lists().order_by("-pk").values_list("pk", flat=True)
    for pk in lists[:MOST_EACH]:
        yield reverse("public:one_list", args=[pk]), ""
