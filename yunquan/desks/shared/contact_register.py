"""联系人回执 to read: every receipt in scope with its editions, for those who neither send nor confirm (D47-A3)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from django.urls.resolvers import URLPattern
from django.views.decorators.http import require_safe

from yunquan.desks.shared import columns
from yunquan.desks.shared.contacts import LEVELS, TONES, ContactPages, MissingFilter
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.registers import StateLabel
from yunquan.parties import contacts
from yunquan.parties.lifecycle import CONTACT_RECEIPT


class ReceiptTable(GovTable):
    """Who was asked, and what came; the persons named stand on the page of each."""

    caption = "联系人回执"
    bureau = columns.LinkColumn(
        verbose_name="单位", accessor="bureau__name", to=lambda row: f"receipts/{row.pk}/"
    )
    level = StateLabel(verbose_name="层级", accessor="bureau__level", labels=LEVELS)
    call = columns.TextColumn(verbose_name="事项", accessor="round__title")
    due_on = columns.DayColumn(verbose_name="报送期限", accessor="round__due_on")
    state = StateLabel(verbose_name="状态", labels=CONTACT_RECEIPT.states, tones=TONES)
    edition = columns.CountColumn(verbose_name="已报送版数")
    filed_at = columns.MomentColumn(verbose_name="报送时间", default="—")

    class Meta(GovTable.Meta):
        pass


class ReceiptList(ListPage):
    """The receipts in scope, the latest call first."""

    title = "联系人回执"
    table_class = ReceiptTable
    filterset_class = MissingFilter
    search_fields = ("bureau__name", "round__title")
    search_hint = "单位、事项"
    order = ("-round_id", "bureau__code", "-pk")
    export_name = "联系人回执"
    empty_title = "没有联系人回执"
    empty_text = "主管部门征集联系人回执后，所管各单位的回执列在这里。"

    def rows(self) -> QuerySet[Any]:
        return contacts.receipts_visible_to(self.request.actor)  # type: ignore[attr-defined]


class ReadPages(ContactPages):
    """The receipts for a desk that only reads: nothing is sent, confirmed or asked for."""

    def urls(self) -> list[URLPattern]:
        """The addresses, to be put into the desk's own."""
        return [
            path("contacts/", self.desk(ReceiptList.as_view()), name="contacts"),
            path(
                "contacts/receipts/<int:pk>/", self.desk(require_safe(self.receipt)), name="contact_receipt"
            ),
            path(
                "contacts/receipts/<int:pk>/receipt.docx",
                self.desk(require_safe(self.paper)),
                name="contact_paper",
            ),
        ]
