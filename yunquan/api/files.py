"""/files: an organisation's own system uploads contracts, invoices and payment proofs."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import File, Router, Status
from ninja.files import UploadedFile

from yunquan.api import answering as say
from yunquan.api import reading as read
from yunquan.api.answers import Fault
from yunquan.api.door import WRITE_FAULTS, change
from yunquan.evidence import actions
from yunquan.kernel.workflow import Actor

router = Router(tags=["文件"])
MOST_BYTES = 20 * 1024 * 1024


@router.post("", response={201: say.FileOut, **WRITE_FAULTS}, summary="上传文件")
def upload(request: HttpRequest, key: read.Key, file: File[UploadedFile]) -> Status[dict[str, Any]]:
    """为本单位上传一份文件；按内容识别格式，按摘要保存，不可更改。"""
    if (file.size or 0) > MOST_BYTES:
        raise Fault(422, "file_too_large", "文件超过 20 MB。", "请压缩或分拆后重新上传。", "file")
    content, name = file.read(), (file.name or "file")[:200].replace("\x00", "")

    def act(by: Actor, now: datetime) -> dict[str, Any]:
        row = actions.take_file(content=content, name=name, org=by.org, by=by, now=now)
        return {"id": row.pk, "name": row.name, "size": row.size, "sha256": row.sha256}

    said = f"{name}:{hashlib.sha256(content).hexdigest()}"
    return change(request, "file.take", key, said, act, status=201)
