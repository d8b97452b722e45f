"""The list page of every desk: search, filter, sort, column choice, saved views, export, without a COUNT."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import django_tables2 as tables
from django.contrib import messages
from django.core.paginator import EmptyPage
from django.db.models import Model, Q, QuerySet
from django.forms import Select
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views import View
from django_filters import FilterSet
from django_tables2.paginators import LazyPaginator
from django_tables2.rows import BoundRow

from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import dress
from yunquan.parties.pinyin import folded

_OWN = ("page", "format")
_MOST_VIEWS = 20
MOST_SOUGHT = 200  # A database refuses a pattern of tens of thousands of letters.


class GovTable(tables.Table):
    """The table of a list page; a column sorts only where it says orderable=True and is indexed."""

    caption: ClassVar[str] = "列表"

    class Meta:
        template_name = "shared/table.html"
        orderable = False
        order_by_field = "sort"
        empty_text = "没有记录"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for bound in self.columns.all():
            if not hasattr(bound.column, "cell_class"):
                bound.column.cell_class = ""


class ListPage(View):
    """One list; a subclass names its table and overrides `rows()` with a query from a queries module.

    `order` is an indexed order, with a unique last column so that pages never overlap.  `search_fields`
    are searched with plain LIKE, every word of the search must be found, two-character words work.
    The head of a large list stays as fast as that of a small one: only one page is read.
    """

    title: str = ""
    crumb: str = ""
    table_class: type[GovTable]
    filterset_class: type[FilterSet] | None = None
    search_fields: tuple[str, ...] = ()
    search_hint: str = "名称、编号"
    order: tuple[str, ...] = ("pk",)
    per_page: int = 25
    export_name: str = ""
    export_notes: tuple[str, ...] = ()
    empty_title: str = "还没有记录"
    empty_text: str = ""
    empty_url: str = ""
    empty_action: str = ""
    bulk_url: str = ""
    bulk_label: str = ""
    template_name: str = "shared/list.html"
    export_limit: int = 200_000

    request: HttpRequest

    def rows(self) -> QuerySet[Any]:
        """The rows this person may see, from the noun's queries."""
        raise NotImplementedError

    def context(self) -> dict[str, Any]:
        """What the page shows beside the list."""
        return {}

    def shown_title(self) -> str:
        """The heading; override where it depends on the person."""
        return self.title

    # What the request chose

    def _filtered(self) -> tuple[QuerySet[Any], FilterSet | None]:
        rows = self.rows()
        filters = None
        if self.filterset_class is not None:
            filters = self.filterset_class(self.request.GET, queryset=rows, request=self.request)
            filters.form.use_required_attribute = False
            for field in filters.form.fields.values():
                if isinstance(field.widget, Select):
                    field.widget.choices = [
                        ("", "全部") if value in ("", None) else (value, label)
                        for value, label in field.widget.choices
                    ]
            dress(filters.form)
            rows = filters.qs
        words = self.request.GET.get("q", "")[:MOST_SOUGHT].split()[:6]
        return (self.found(rows, words) if words else rows), filters

    def found(self, rows: QuerySet[Any], words: list[str]) -> QuerySet[Any]:
        """The rows in which every word occurs; override where an index of the noun's finds them."""
        for word in words:
            condition = Q()
            for name in self.search_fields:
                # What is stored to be searched has no capitals and no full width.
                asked = folded(word) if name.endswith("search_text") else word
                condition |= Q(**{f"{name}__contains": asked})
            rows = rows.filter(condition)
        return rows

    def latest_shown(self, rows: QuerySet[Any]) -> int:
        """How many rows from the latest down this page needs; 0 where it needs all or has another order."""
        asked = self.request.GET
        otherwise = asked.get("sort") or asked.get("format") or rows.query.order_by
        return 0 if otherwise or self.order != ("-pk",) else self._number() * self.per_page + 1

    def _table(self, rows: Iterable[Any]) -> GovTable:
        names = list(self.table_class.base_columns)
        wanted = [name for name in self.request.GET.getlist("col") if name in names]
        fixed = {
            name for name, column in self.table_class.base_columns.items() if getattr(column, "fixed", False)
        }
        hidden = [name for name in names if wanted and name not in wanted and name not in fixed]
        sort = self.request.GET.get("sort", "")
        bare = sort.lstrip("-")
        sortable = bare in names and self.table_class.base_columns[bare].orderable
        # The table is not given the request: it would page itself with a COUNT over all rows.
        return self.table_class(rows, exclude=hidden, order_by=sort if sortable else None)

    def _sorted(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows if rows.query.order_by else rows.order_by(*self.order)

    def _number(self) -> int:
        chosen = self.request.GET.get("page", "1")
        return max(1, int(chosen)) if chosen.isascii() and chosen.isdigit() and 0 < len(chosen) < 9 else 1

    def _page(self, table: GovTable) -> None:
        """Read one page and one row more; a page that does not exist shows the first."""
        for page in (self._number(), 1):
            try:
                table.paginate(page=page, per_page=self.per_page, paginator_class=LazyPaginator)
                return
            except EmptyPage:
                continue

    # Answers

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        rows, filters = self._filtered()
        if request.GET.get("format") in exports.KINDS:
            return self._export(request.GET["format"], rows)
        table = self._table(self._sorted(rows))
        self._page(table)
        context = {
            "title": self.shown_title(),
            "crumb": self.crumb,
            "table": table,
            "list": self._frame(table, filters),
            **self.context(),
        }
        partial = request.headers.get("HX-Request") == "true" and not request.headers.get("HX-Boosted")
        answer = render(request, "shared/parts/rows.html" if partial else self.template_name, context)
        answer.headers["Vary"] = "HX-Request"
        return answer

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep or drop a saved view; views live in the session."""
        key = f"views:{request.path}"
        views = list(request.session.get(key, []))
        place = request.path
        if name := request.POST.get("save_view", "").strip()[:30]:
            query = self._query(QueryDict(request.POST.get("query", "")[:2000]))
            views = [view for view in views if view["name"] != name][-(_MOST_VIEWS - 1) :]
            views.append({"name": name, "query": query})
            messages.success(request, f"已保存视图“{name}”。")
            place = f"{request.path}?{query}"
        elif dropped := request.POST.get("drop_view"):
            views = [view for view in views if view["name"] != dropped]
        request.session[key] = views
        return HttpResponseRedirect(place)

    def _query(self, chosen: QueryDict) -> str:
        kept = chosen.copy()
        for name in _OWN:
            kept.pop(name, None)
        for name in [name for name, values in kept.lists() if not any(values)]:
            del kept[name]
        return kept.urlencode()

    def _frame(self, table: GovTable, filters: FilterSet | None) -> dict[str, Any]:
        request = self.request
        query = self._query(request.GET)
        chosen = [name for name in request.GET if name not in (*_OWN, "sort", "col") and request.GET[name]]
        columns = [
            {"name": name, "label": column.verbose_name or name, "shown": name in table.columns}
            for name, column in self.table_class.base_columns.items()
            if not getattr(column, "fixed", False)
        ]
        joined = f"{query}&" if query else ""
        return {
            "path": request.path,
            "query": query,
            "q": request.GET.get("q", ""),
            "sort": request.GET.get("sort", ""),
            "searchable": bool(self.search_fields),
            "search_hint": self.search_hint,
            "filter_form": filters.form if filters is not None else None,
            "filtered": bool(chosen),
            "blank": not table.page.object_list,
            "columns": columns,
            "saved": request.session.get(f"views:{request.path}", []),
            "can_save": bool(query),
            "exports": [
                {"label": f"{label}（筛选结果）", "url": f"{request.path}?{joined}format={kind}"}
                for kind, label in exports.KINDS.items()
            ]
            if self.export_name
            else [],
            "empty_title": self.empty_title,
            "empty_text": self.empty_text,
            "empty_url": self.empty_url,
            "empty_action": self.empty_action,
            "bulk_url": self.bulk_url,
            "bulk_label": self.bulk_label,
        }

    def _export(self, kind: str, rows: QuerySet[Any]) -> HttpResponseBase:
        if not self.export_name:
            return HttpResponse(status=404)
        table = self._table(rows.none())
        ordered = (
            self._table(self._sorted(rows)).data.data if self.request.GET.get("sort") else self._sorted(rows)
        )
        columns = [bound for bound in table.columns if getattr(bound.column, "exported", True)]

        def values() -> Iterator[list[Any]]:
            for record in _streamed(ordered, self.export_limit):
                row = BoundRow(record, table=table)
                yield [row.get_cell_value(bound.name) for bound in columns]

        sheet = exports.sheet(self.export_name, columns, values(), notes=self.export_notes)
        return exports.answer(kind, self.export_name, sheet)


def _streamed(rows: Any, limit: int) -> Iterator[Model]:
    """The rows in pieces, so that a long export does not fill the memory."""
    limited = rows[:limit]
    if isinstance(limited, QuerySet):
        yield from limited.iterator(chunk_size=2000)
    else:
        yield from limited
