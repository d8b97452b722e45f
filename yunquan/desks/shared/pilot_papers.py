"""The application for a pilot as a file, the same for every desk that may see it (D47-A2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.http import HttpResponse

from yunquan.journal import clock
from yunquan.papers import pilot_forms
from yunquan.pilots import paper

KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def answer(pilot: Any, kind: str) -> HttpResponse:
    """The official layout as PDF or Word, as a download."""
    content = (pilot_forms.pdf if kind == "pdf" else pilot_forms.docx)(paper.form(pilot, clock.read()))
    response = HttpResponse(content, content_type=KINDS[kind])
    name = f"试点示范申请书-{pilot.supplier.name}.{kind}"
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return response
