"""拉取设置: where the platform fetches the supplier's logs, and how it went (D47-5.12)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.templatetags.gov import at
from yunquan.desks.shared.typed import Ask, Blank
from yunquan.desks.supplier.frame import desk, own_supplier
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.programme import queries as programme
from yunquan.usage import access, arrivals, pulling

HALF = "col-12 col-md-6"


def _blank(is_first: bool) -> Blank:
    asks = [
        Ask("url", "接口地址", hint="https:// 开头的公网地址，例如 https://pull.example.com/usage"),
        Ask("user_id", "用户标识", width=HALF, hint="接口用它认出要取的是谁的记录"),
        Ask("cloud", "应用域名", must=False, width=HALF, hint="记录里没有 host 时填写，如 mes.example.com"),
        Ask("every_hours", "每隔几小时取一次", width=HALF, hint="1 至 168，通常 24"),
    ]
    if is_first:
        asks.append(
            Ask("from_on", "从哪一天起", kind="day", width=HALF, hint="应用正式使用的日期，设定后不再改动")
        )
    return Blank(asks=(*asks, Ask("is_active", "启用", kind="tick", must=False)))


@desk
def pull(request: HttpRequest) -> HttpResponse:
    """The settings, the platform's key, and what came of the attempts."""
    supplier, by = own_supplier(request), request.actor  # type: ignore[attr-defined]
    now = clock.read()
    source = access.sources_visible_to(by).first()
    blank, status = _blank(source is None), 200
    typed = _kept(source)
    if request.method == "POST":
        typed, _faults = blank.read(request)
    form = blank.form(typed, once=request.POST.get("once", ""))
    if request.method == "POST":
        answer = perform(
            request,
            lambda: pulling.save_source(supplier=supplier, typed=typed, by=by, now=now),
            then=reverse("supplier:pull"),
            done="拉取设置已保存，平台会在几分钟内开始取数。" if typed["is_active"] else "已保存并停用。",
            form=form,
        )
        if answer is not None:
            return answer
        status = 422
    context = {"form": form, "fingerprint": pulling.fingerprint(), **_health(source, now)}
    return render(request, "supplier/pull.html", context | {"media": form.media}, status=status)


def _kept(source: Any) -> dict[str, str]:
    if source is None:
        return {"every_hours": "24", "is_active": "1"}
    return {
        "url": source.url,
        "user_id": source.user_id,
        "cloud": source.cloud,
        "every_hours": str(source.every_hours),
        "is_active": "1" if source.is_active else "",
    }


def _health(source: Any, now: Any) -> dict[str, Any]:
    if source is None:
        return {"source": None, "facts": [], "attempts": [], "tone": "", "state": ""}
    began = arrivals.first_period_on(source)
    wanted = [
        day
        for day in arrivals.working_days(programme.working_calendar(), local_date(now))
        if began is not None and day >= began
    ]
    covered = arrivals.pulled_days(source, wanted[0] if wanted else local_date(now))
    missing = [day for day in wanted if day not in covered]
    failing = source.is_active and source.failures
    return {
        "source": source,
        "state": f"连续失败 {source.failures} 次" if failing else "正常" if source.is_active else "已停用",
        "tone": "bad" if failing else "good" if source.is_active else "",
        "facts": [
            ("已取到", at(source.fetched_to_at)),
            ("上次成功", at(arrivals.last_done_at(source))),
            ("下次拉取", at(max(source.next_at, now)) if source.is_active else "—"),
            (
                f"近 {arrivals.SHOWN_DAYS} 天缺数",
                f"{len(missing)} 个工作日没有拉取到记录" if missing else "没有缺",
            ),
        ],
        "attempts": arrivals.attempts_of(source),
    }
