"""The lists of demonstration projects, of their reports with who is late, and of what has to be mended."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from yunquan.demonstrations import access, queries
from yunquan.demonstrations.lifecycle import BUILDING, OFFICERS, PROJECT, RECTIFICATION, REPORT, TO_FILE
from yunquan.demonstrations.outline import OUTCOMES
from yunquan.desks.shared import columns
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.registers import CITY_CHOICES, PlaceColumn, StateLabel
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date

PROJECT_TONES = {
    "building": "now", "acceptance_proposed": "waiting", "accepted": "good", "withdrawal_proposed": "bad",
    "title_withdrawal_proposed": "bad", "withdrawn": "bad", "cancelled": "",
}  # fmt: skip
REPORT_TONES = {
    "asked": "waiting", "filed": "now", "returned": "bad", "checked": "now", "reviewed": "good",
}  # fmt: skip
MENDING_TONES = {"ordered": "waiting", "filed": "now", "done": "good", "failed": "bad"}
LATE = [("1", "只看逾期未报")]


class HolderColumn(columns.TextColumn):
    """The name of the holder."""

    def render(self, value: Any, record: Any) -> str:
        return holder_of(getattr(record, "project", record)).name

    def value(self, value: Any, record: Any) -> Any:
        return holder_of(getattr(record, "project", record)).name


class LateColumn(columns.TextColumn):
    """Whether what the holder has to file is overdue today."""

    def render(self, value: Any, record: Any) -> str:
        return "已逾期" if queries.is_late(record, local_date(clock.read())) else "—"

    def value(self, value: Any, record: Any) -> Any:
        return "已逾期" if queries.is_late(record, local_date(clock.read())) else ""


class PastColumn(columns.TextColumn):
    """Whether a project is past its day and not accepted."""

    def render(self, value: Any, record: Any) -> str:
        return "到期未验收" if is_past(record) else "—"

    def value(self, value: Any, record: Any) -> Any:
        return "到期未验收" if is_past(record) else ""


def is_past(project: Any) -> bool:
    """Whether a project still stands as being built after its day."""
    return project.state in BUILDING and project.ends_on < local_date(clock.read())


def holder_of(project: Any) -> Any:
    """The enterprise or supplier that builds it."""
    return project.enterprise or project.supplier


class ProjectTable(GovTable):
    """The register."""

    caption = "示范项目"
    number = columns.LinkColumn(verbose_name="编号", to=lambda row: f"{row.pk}/")
    name = columns.TextColumn(verbose_name="项目名称")
    holder = HolderColumn(verbose_name="牵头单位", accessor="pk")
    city = PlaceColumn(verbose_name="地市")
    public_fen = columns.MoneyColumn(verbose_name="财政（元）")
    public_spent_fen = columns.MoneyColumn(verbose_name="财政已支出")
    own_fen = columns.MoneyColumn(verbose_name="自筹（元）")
    own_spent_fen = columns.MoneyColumn(verbose_name="自筹已支出")
    ends_on = columns.DayColumn(verbose_name="计划完成")
    past = PastColumn(verbose_name="到期", accessor="pk")
    state = StateLabel(verbose_name="状态", labels=PROJECT.states, tones=PROJECT_TONES)

    class Meta(GovTable.Meta): ...


class ProjectFilter(filters.FilterSet):
    """City, year, state, and who is past the day."""

    city = filters.ChoiceFilter(label="地市", choices=CITY_CHOICES)
    year = filters.NumberFilter(label="立项年度")
    state = filters.ChoiceFilter(label="状态", choices=list(PROJECT.states.items()))
    past = filters.ChoiceFilter(label="到期", choices=[("1", "只看到期未验收")], method="only_past")

    def only_past(self, rows: QuerySet[Any], _name: str, _value: str) -> QuerySet[Any]:
        return rows.filter(state__in=BUILDING, ends_on__lt=local_date(clock.read()))


class _Page(ListPage):
    """A list with the tabs to the other two, and what this role may begin."""

    template_name = "shared/demonstrations/list.html"
    base = ""
    place = ""

    def context(self) -> dict[str, Any]:
        role = self.request.actor.role  # type: ignore[attr-defined]
        names = (("", "项目"), ("reports/", "报告"), ("rectifications/", "整改"))
        return {
            "tab_items": [
                {"url": f"{self.base}{place}", "label": label, "active": place == self.place, "count": None}
                for place, label in names
            ],
            "can_begin": role in OFFICERS,
            "base": self.base,
            "papers": f"{self.base}{self.place}list." if self.place != "rectifications/" else "",
        }


class ProjectList(_Page):
    """The projects that this organisation sees."""

    title = "标杆示范项目"
    table_class = ProjectTable
    filterset_class = ProjectFilter
    search_fields = ("number", "name", "enterprise__name", "supplier__name")
    search_hint = "编号、项目名称、牵头单位"
    order = ("-pk",)
    export_name = "标杆示范项目"
    empty_title = "没有示范项目"
    empty_text = "省、市主管部门登记的标杆示范项目会列在这里。"

    def rows(self) -> QuerySet[Any]:
        return queries.listed(self.request.actor)  # type: ignore[attr-defined]


class ReportTable(GovTable):
    """Reports, the nearest due first."""

    caption = "建设情况报告"
    title = columns.LinkColumn(verbose_name="报告", to=lambda row: f"{row.pk}/")
    project = columns.TextColumn(verbose_name="项目", accessor="project__name")
    holder = HolderColumn(verbose_name="牵头单位", accessor="pk")
    city = PlaceColumn(verbose_name="地市", accessor="project__city")
    stood_on = columns.DayColumn(verbose_name="情况截至")
    due_on = columns.DayColumn(verbose_name="报送期限")
    late = LateColumn(verbose_name="逾期", accessor="pk")
    state = StateLabel(verbose_name="状态", labels=REPORT.states, tones=REPORT_TONES)
    filed_at = columns.MomentColumn(verbose_name="报送时间")
    outcome = StateLabel(verbose_name="检查结果", labels=OUTCOMES, tones={"problems": "bad", "sound": "good"})

    class Meta(GovTable.Meta): ...


class ReportFilter(filters.FilterSet):
    """State, city, lateness."""

    state = filters.ChoiceFilter(label="状态", choices=list(REPORT.states.items()))
    city = filters.ChoiceFilter(label="地市", choices=CITY_CHOICES, field_name="project__city")
    outcome = filters.ChoiceFilter(label="检查结果", choices=list(OUTCOMES.items()))
    late = filters.ChoiceFilter(label="逾期", choices=LATE, method="only_late")

    def only_late(self, rows: QuerySet[Any], _name: str, _value: str) -> QuerySet[Any]:
        today = local_date(clock.read())
        return rows.filter(state__in=TO_FILE, due_on__lt=today, project__state__in=BUILDING)


class ReportList(_Page):
    """The reports that this organisation sees: who filed, who has not, who is late."""

    title = "示范项目建设情况报告"
    place = "reports/"
    table_class = ReportTable
    filterset_class = ReportFilter
    search_fields = ("title", "project__name", "project__enterprise__name", "project__supplier__name")
    search_hint = "报告、项目、牵头单位"
    order = ("-due_on", "-pk")
    export_name = "示范项目建设情况报告"
    empty_title = "没有报告"
    empty_text = "主管部门布置报告后，每个在建和到期未验收的项目各有一份，列在这里。"

    def rows(self) -> QuerySet[Any]:
        return access.reports_visible_to(self.request.actor)  # type: ignore[attr-defined]


class MendingTable(GovTable):
    """What has to be mended."""

    caption = "示范项目整改"
    project = columns.LinkColumn(verbose_name="项目", accessor="project__name", to=lambda row: f"{row.pk}/")
    holder = HolderColumn(verbose_name="牵头单位", accessor="pk")
    city = PlaceColumn(verbose_name="地市", accessor="project__city")
    problem = columns.TextColumn(verbose_name="问题")
    state = StateLabel(verbose_name="状态", labels=RECTIFICATION.states, tones=MENDING_TONES)
    due_on = columns.DayColumn(verbose_name="整改期限")
    late = LateColumn(verbose_name="逾期", accessor="pk")
    filed_at = columns.MomentColumn(verbose_name="报送时间")

    class Meta(GovTable.Meta): ...


class MendingFilter(filters.FilterSet):
    """State, city, lateness."""

    state = filters.ChoiceFilter(label="状态", choices=list(RECTIFICATION.states.items()))
    city = filters.ChoiceFilter(label="地市", choices=CITY_CHOICES, field_name="project__city")
    late = filters.ChoiceFilter(label="逾期", choices=LATE, method="only_late")

    def only_late(self, rows: QuerySet[Any], _name: str, _value: str) -> QuerySet[Any]:
        return rows.filter(state="ordered", due_on__lt=local_date(clock.read()))


class MendingList(_Page):
    """The rectifications that this organisation sees."""

    title = "示范项目整改"
    place = "rectifications/"
    table_class = MendingTable
    filterset_class = MendingFilter
    search_fields = ("problem", "project__name", "project__enterprise__name", "project__supplier__name")
    search_hint = "问题、项目、牵头单位"
    order = ("-due_on", "-pk")
    export_name = "示范项目整改"
    empty_title = "没有整改事项"
    empty_text = "检查发现问题、要求限期整改的，会列在这里。"

    def rows(self) -> QuerySet[Any]:
        return access.rectifications_visible_to(self.request.actor)  # type: ignore[attr-defined]
