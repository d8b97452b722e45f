"""Files that a registration names: they must be the organisation's own uploads."""

from __future__ import annotations

from django.db import models

from yunquan.kernel.refusal import Refusal


def file_faults(
    model: type[models.Model], field: str, pk: int | None, *, org: str, article: str
) -> list[Refusal]:
    """Refuse a file that isn't there or that another organisation uploaded.

    The table of files stands above the parties, so it is reached through the foreign key.
    """
    if pk is None:
        return []
    files: type[models.Model] = model._meta.get_field(field).related_model  # type: ignore[assignment]
    if files._default_manager.filter(pk=pk, org=org).exists():
        return []
    return [Refusal("file_missing", "所选文件不存在。", article, "请重新上传文件。", field)]
