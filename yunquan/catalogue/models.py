"""Tables of the catalogue: suppliers' products. The services themselves are rules and stand in the pack."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from yunquan.catalogue.lifecycle import PRODUCT
from yunquan.kernel.workflow import Lifecycle


class Product(models.Model):
    """A product 应用服务 that a supplier lists, with modules and price standard (D26-2, D47-A1.2-5)."""

    lifecycle: ClassVar[Lifecycle] = PRODUCT

    supplier = models.ForeignKey("parties.Supplier", on_delete=models.PROTECT, related_name="products")
    service = models.IntegerField("目录序号")
    name = models.CharField("产品名称", max_length=80)
    summary = models.TextField("产品简介", blank=True)
    modules = models.JSONField("功能模块", default=list, blank=True)
    price_standard = models.TextField("收费标准", blank=True)
    price_from_fen = models.BigIntegerField("起价", null=True, blank=True)
    state = models.CharField(max_length=20, default="draft", db_index=True)
    version = models.IntegerField(default=0)
    submitted_by = models.CharField(max_length=40, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField("审核期限", null=True, blank=True)
    return_reasons = models.JSONField("本次退回理由", default=list, blank=True)
    returns = models.JSONField("历次退回", default=list, blank=True)
    typed = models.JSONField("已填内容", default=dict, blank=True)
    reviewed_by = models.CharField(max_length=40, blank=True)
    listed_on = models.DateField("上架日期", null=True, blank=True)
    search_text = models.TextField(blank=True, default="")

    @property
    def journal_key(self) -> str:
        return f"product:{self.pk}"
