"""Papers of a case as PDF and Word, for whoever may see the case (A1)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_GET

from yunquan.desks.shared import exports, letters
from yunquan.kernel.calendar import local_date
from yunquan.papers import forms_docx, pdf
from yunquan.parties import access as parties_access
from yunquan.vouchers import access as voucher_access

INVENTED = "本件出自演示环境，单位和数据均为虚构，不作任何用途。"
KINDS = ("pdf", "docx")


def _thing(request: HttpRequest, noun: str, name: str) -> Any:
    actor = request.actor  # type: ignore[attr-defined]
    if noun == "voucher":
        return voucher_access.voucher_for(actor, name)
    if not name.isascii() or not name.isdigit() or len(name) > 18:
        return None
    find = parties_access.enterprise_for if noun == "enterprise" else parties_access.supplier_for
    return find(actor, int(name))


@require_GET
def download(request: HttpRequest, noun: str, name: str, seq: int, kind: str) -> HttpResponse:
    """One paper; a stranger to the case finds nothing."""
    thing = _thing(request, noun, name) if kind in KINDS else None
    letter = letters.letter(thing, seq) if thing is not None else None
    if letter is None:
        raise Http404
    check = request.build_absolute_uri(reverse("public:check_letter", args=[letter.seq, letter.digest]))
    content = (pdf if kind == "pdf" else forms_docx).notice(
        title=letter.title,
        number=letter.number,
        addressee=letter.addressee,
        paragraphs=[paragraph for paragraph in letter.paragraphs if paragraph],
        items=letter.items,
        facts=letter.facts,
        total_fen=letter.total_fen,
        notes=[INVENTED] if settings.YUNQUAN_DEMO else [],
        issuer=letter.issuer,
        issued_on=local_date(letter.at),
        qr_text=check,
        digest=letter.digest,
    )
    return exports.paper(kind, f"{letter.title} {name}", content)


def shown(noun: str, name: str, obj: str) -> list[dict[str, Any]]:
    """The papers of a case with the addresses of their files, for a page."""
    return [
        {
            **row,
            "pdf": reverse("letter", args=[noun, name, row["seq"], "pdf"]),
            "docx": reverse("letter", args=[noun, name, row["seq"], "docx"]),
        }
        for row in letters.listed(obj)
    ]


urlpatterns = [
    path("<str:noun>/<str:name>/<int:seq>.<str:kind>", download, name="letter"),
]
