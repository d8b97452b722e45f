"""Uploads, downloads and page images of documents: one door for every desk; files are hostile (A1, E1)."""

from __future__ import annotations

import io
from urllib.parse import quote

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from yunquan.demonstrations import access as demonstrations_access
from yunquan.desks.shared.uploading import of_kinds, was_full
from yunquan.evidence import actions, previews, queries
from yunquan.evidence.taking import MOST_BYTES, disk_full, read
from yunquan.feedback import access as feedback_access
from yunquan.insight import evaluation_queries
from yunquan.inspections import plan_queries, rectify_queries, result_queries
from yunquan.journal import clock
from yunquan.kernel.refusal import Refused
from yunquan.matching import access as matching_access
from yunquan.parties import contacts
from yunquan.pilots import access as pilots_access
from yunquan.settlement import access as settlement_access
from yunquan.vouchers import access as voucher_access

# Who may open a file is asked at the door of each thing that a file belongs to.
DOORS = (
    voucher_access.file_for,
    settlement_access.file_for,
    feedback_access.file_for,
    matching_access.file_for,
    rectify_queries.file_for,
    result_queries.file_for,
    plan_queries.file_for,
    pilots_access.file_for,
    evaluation_queries.reply_file_for,
    demonstrations_access.file_for,
    contacts.file_for,
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


def _found(request: HttpRequest, pk: int):  # type: ignore[no-untyped-def]
    actor = request.actor  # type: ignore[attr-defined]
    for door in DOORS:
        file = door(actor, pk)
        if file is not None:
            return file
    raise Http404


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Take one file for the person's organisation; answers its id, or every reason against it."""
    actor = request.actor  # type: ignore[attr-defined]
    sent = request.FILES.get("file")
    if was_full(request):
        full = disk_full()
        return JsonResponse({"errors": [f"{full.message}{full.mend}"]}, status=507)
    if sent is None or actor.org == "public":
        return JsonResponse({"errors": ["没有收到文件，请重新选择。"]}, status=400)
    try:
        row = actions.take_file(
            content=sent.read(MOST_BYTES + 1),
            name=sent.name or "file",
            org=actor.org,
            by=actor,
            now=clock.read(),
        )
    except Refused as refused:
        kinds = request.GET.get("kinds", "").split(",")[:20]
        said = [f"{refusal.message}{refusal.mend}" for refusal in of_kinds(refused.refusals, kinds)]
        return JsonResponse({"errors": said}, status=422)
    state = {"scan": queries.scan_label(row), "held": queries.why_held(row)}
    return JsonResponse({"id": row.pk, "name": row.name, "size": row.size, "sha256": row.sha256} | state)


@require_GET
def download(request: HttpRequest, pk: int) -> FileResponse | HttpResponse:
    """The original as an attachment, whatever its kind, proved against its hash (E1)."""
    file = _found(request, pk)
    if not queries.is_open(file):
        said = f"“{file.name}”现在不能打开：{queries.why_held(file)}。"
        return HttpResponse(said, status=423, content_type="text/plain; charset=utf-8", headers=HEADERS)
    try:
        content = read(file.sha256)
    except OSError:
        said = "文件缺失或与上传时不一致，没有下载。请联系系统管理员。"
        return HttpResponse(said, status=500, content_type="text/plain; charset=utf-8")
    response = FileResponse(io.BytesIO(content), content_type="application/octet-stream")
    for name, value in HEADERS.items():
        response.headers[name] = value
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
    return response


@require_GET
def page(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One page of a document as a picture, made in a confined process."""
    file = _found(request, pk)
    try:
        picture = previews.page_png(file, page=number)
    except previews.PreviewError as unseen:
        raise Http404 from unseen
    response = HttpResponse(picture, content_type="image/png")
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


urlpatterns = [
    path("upload", upload, name="upload"),
    path("<int:pk>/", download, name="file"),
    path("<int:pk>/page/<int:number>.png", page, name="file_page"),
]
