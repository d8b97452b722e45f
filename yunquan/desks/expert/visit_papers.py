"""The contract, invoices and payments of a visit as pictures: to be compared with what is shown, not to be taken away."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.expert.frame import desk
from yunquan.desks.shared import viewer
from yunquan.desks.shared.files import HEADERS
from yunquan.evidence import previews
from yunquan.inspections import visit_papers


def _papers(request: HttpRequest, pk: int):  # type: ignore[no-untyped-def]
    found = visit_papers.papers_of(request.actor, pk) if pk < 2**31 else None  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


@desk
def papers(request: HttpRequest, pk: int) -> HttpResponse:
    """One paper after the other, page by page."""
    pane = viewer.pane(request, _papers(request, pk))
    if pane["file"] is not None:
        here = f"/expert/visits/{pk}/papers/{pane['file'].pk}"
        pane |= {"image_url": f"{here}/{pane['page']}.png" if pane["image_url"] else "", "original_url": ""}
    return render(request, "expert/visit_papers.html", {"pane": pane, "pk": pk})


@desk
def picture(request: HttpRequest, pk: int, file: int, page: int) -> HttpResponse:
    """One page of one paper of this visit."""
    found = next((one for _label, one in _papers(request, pk) if one.pk == file), None)
    if found is None:
        raise Http404
    try:
        content = previews.page_png(found, page=page)
    except previews.PreviewError as unseen:
        raise Http404 from unseen
    response = HttpResponse(content, content_type="image/png")
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
