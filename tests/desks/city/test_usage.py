"""A voucher's use on the desks: who sees what of it, and that nothing of another enterprise's shows (A1, D47-5.16)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.test.utils import CaptureQueriesContext

from tests.cast import CLAIMING, FOSHAN, World
from tests.desks.officials import file_of, text_of
from tests.usage.judging import attested, compute
from tests.usage.test_verdicts import NOW, load, log_of
from tests.vouchers.test_completion import draft, send
from tests.vouchers.test_sharing import attested as declaring
from tests.vouchers.test_sharing import ends
from yunquan.usage import nightly
from yunquan.usage.rollup import kept
from yunquan.vouchers import actions, usage_queries

CONSPICUOUS = {
    "code": "shared_client", "label": "用户端与其他企业共用", "text": "与 GD2018-FS-000009 共用",
    "evidence": [{"client": "120.79.10.8", "days": 3, "vouchers": "GD2018-FS-000009、GD2018-DG-000001"}],
}  # fmt: skip


@pytest.fixture
def judged(world: World, moment: Any) -> Any:
    """A claim with a computed verdict that has a signal."""
    moment("2019-03-04 10:00")
    voucher = attested(world)
    compute(voucher, "done", signals=[CONSPICUOUS])
    return voucher


@pytest.mark.clause("D47-5.16", "A1")
def test_strangers_find_no_picture(world: World, enter: Any, judged: Any) -> None:
    number = judged.number
    world.add_enterprise("second")
    for name in (
        "fs_reviewer",
        "hc_reviewer",
        "fs_enterprise",
        "second",
        "other_supplier",
        "expert",
        "auditor",
    ):
        client = enter(name)
        for page in (f"/city/vouchers/{number}/usage/", f"/enterprise/vouchers/{number}/usage/"):
            assert client.get(page).status_code == 404, (name, page)
    for name in ("dg_reviewer", "dg_enterprise", "supplier"):
        assert enter(name).get(f"/province/vouchers/{number}/usage/").status_code == 404
        assert enter(name).get("/province/usage/").status_code == 404


@pytest.mark.clause("D47-5.13", "D47-5.16")
def test_officials_see_signals_and_evidence_but_no_other_citys_voucher(
    world: World, enter: Any, judged: Any
) -> None:
    page = text_of(enter("dg_reviewer").get(f"/city/vouchers/{judged.number}/usage/"))
    assert "用户端与其他企业共用" in page and "120.79.10.8" in page
    assert "GD2018-FS-000009" not in page and "其他地市的券" in page
    assert "活跃天数" not in page or "完成" in page
    whole = text_of(enter("province_officer").get(f"/province/vouchers/{judged.number}/usage/"))
    assert "用户端与其他企业共用" in whole


@pytest.mark.clause("D47-5.16", "A1")
def test_an_enterprise_sees_its_own_use_and_no_signals(
    world: World, enter: Any, moment: Any, tmp_path: Path
) -> None:
    moment("2019-03-04 10:00")
    voucher = attested(world)
    load(tmp_path, log_of(["120.79.10.8"], date(2018, 11, 9), date(2019, 2, 20)))
    world.add_enterprise("second")
    attested(world, "second")
    nightly.run(now=NOW)
    page = text_of(enter("dg_enterprise").get(f"/enterprise/vouchers/{voucher.number}/usage/"))
    assert "本企业的使用情况" in page and "120.79.10.8" in page and "<svg" in page
    assert "按日数字" in page and "各小时数字" in page  # Each picture has its table.
    assert "异常信号" not in page and "style=" not in page
    official = text_of(enter("dg_reviewer").get(f"/city/vouchers/{voucher.number}/usage/"))
    assert "异常信号" in official


@pytest.mark.clause("D47-5.14")
def test_the_review_of_a_claim_shows_verdict_signals_and_weak_ends(
    world: World, enter: Any, judged: Any
) -> None:
    send(world, draft(world))
    page = text_of(enter("dg_reviewer").get(f"/city/claims/{judged.number}/"))
    assert "行为数据计算" in page and "用户端与其他企业共用" in page
    assert "看使用情况和依据" in page
    assert "证明力弱" in page  # A host without an address proves little.


@pytest.mark.clause("D47-5.13", "D47-5.16")
def test_the_province_sees_all_cities_and_anomalies_ranked(world: World, enter: Any, judged: Any) -> None:
    fs = world.issue(world.confirm(world.apply("fs_enterprise")), reviewer="fs_reviewer")
    other = world.attest(world.claim(fs, "fs_enterprise"))
    compute(other, "not_enough_data")
    client = enter("province_officer")
    page = text_of(client.get("/province/usage/"))
    assert "东莞市" in page and "佛山市" in page and judged.number in page
    assert page.index("异常排行") < page.index(f"{judged.number}/usage/")
    assert "没有收到过数据" in page
    sheet = file_of(client.get("/province/usage/?format=csv")).decode("utf-8-sig")
    assert "佛山市" in sheet
    listed = text_of(client.get("/province/verdicts/?said=not_enough_data"))
    assert other.number in listed and judged.number not in listed
    one = text_of(client.get(f"/province/verdicts/{other.number}/"))
    assert "系统现在的判定" in one and "没有送达运营商连接记录" in one
    assert FOSHAN in fs.city


def rows_read(call: Any) -> tuple[int, int]:
    """How many statements a call makes, and how many rows they bring into the program."""
    rows_read = 0

    def counted(wrapper: Any, *given: Any) -> Any:
        nonlocal rows_read
        rows = wrapper.cursor.fetchmany(*given)
        rows_read += len(rows)
        return rows

    with pytest.MonkeyPatch.context() as patched, CaptureQueriesContext(connection) as seen:
        patched.setattr(CursorWrapper, "fetchmany", counted, raising=False)
        call()
    return len(seen.captured_queries), rows_read


@pytest.mark.clause("D47-5.13")
def test_the_overview_is_counted_by_the_database_however_many_vouchers_there_are(
    world: World, judged: Any
) -> None:
    province, told = world["province_officer"], []

    def overview() -> None:
        told[:] = [usage_queries.by_city(province), usage_queries.ranked(province)]

    before = rows_read(overview)
    for number in range(5):
        world.add_enterprise(f"e{number}")
        voucher = attested(world, f"e{number}")
        compute(voucher, "done")
        compute(voucher, "not_done", watching=True)  # Watched on: overturns nothing.
    # A row a city, and what is ranked: nothing of the vouchers about which there is nothing to see.
    assert rows_read(overview) == before and before[0] <= 4
    (city,), ranked = told
    assert city == {
        "city": judged.city, "waiting": 6, "done": 6, "not_done": 0, "not_enough_data": 0, "signals": 1,
    }  # fmt: skip
    assert [(row["voucher"], row["titles"], row["count"]) for row in ranked] == [
        (judged, ["用户端与其他企业共用"], 1)
    ]


def test_what_is_not_rolled_up_yet_is_said_instead_of_zeros(
    world: World, enter: Any, moment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment("2019-03-04 10:00")
    voucher = attested(world)
    load(tmp_path, log_of(["120.79.10.8"], date(2018, 11, 9), date(2019, 2, 20)))
    nightly.run(now=NOW)
    page = f"/enterprise/vouchers/{voucher.number}/usage/"
    assert "正在重新汇总" not in text_of(enter("dg_enterprise").get(page))
    # A new version reckons otherwise: until the night nothing of the old roll-ups counts.
    monkeypatch.setattr(kept, "VERSION", kept.VERSION + 1)
    for who, place in (("dg_enterprise", page), ("dg_reviewer", f"/city/vouchers/{voucher.number}/usage/")):
        seen = text_of(enter(who).get(place))
        assert "正在重新汇总" in seen and "完成" in seen
        assert "没有见到本项服务的使用" not in seen and "两类数据对照" not in seen
    nightly.run(now=NOW + timedelta(days=1))
    assert "正在重新汇总" not in text_of(enter("dg_enterprise").get(page))
    # A late file concerns its own days alone.
    load(tmp_path, log_of(["120.79.10.8"], date(2019, 2, 18), date(2019, 2, 19), a_day=9))
    seen = text_of(enter("dg_enterprise").get(page))
    assert "其中 2 天的数据新到或有变动" in seen and "两类数据对照" in seen


def test_queries_of_the_provinces_overview_do_not_grow_with_vouchers(
    world: World, enter: Any, judged: Any, django_assert_max_num_queries: Any
) -> None:
    client = enter("province_officer")
    client.get("/province/usage/")
    for name in ("e1", "e2", "e3"):
        world.add_enterprise(name)
        compute(attested(world, name), "done", signals=[CONSPICUOUS])
    with django_assert_max_num_queries(25):
        client.get("/province/usage/")
    with django_assert_max_num_queries(40):
        client.get(f"/province/vouchers/{judged.number}/usage/")


@pytest.mark.clause("D47-5.16")
def test_a_county_that_reviews_no_claim_sees_clients_masked(world: World, enter: Any, moment: Any) -> None:
    moment("2019-03-04 10:00")
    voucher = world.issue(world.confirm(world.apply("hc_enterprise")), reviewer="hz_reviewer")
    voucher = world.attest(world.claim(voucher, "hc_enterprise"))
    compute(voucher, "done", signals=[CONSPICUOUS])
    for page in (f"/city/vouchers/{voucher.number}/usage/", f"/city/vouchers/{voucher.number}/"):
        seen = text_of(enter("hc_reviewer").get(page))
        assert "120.79.*.*" in seen and "120.79.10.8" not in seen, page
        assert "120.79.10.8" in text_of(enter("hz_reviewer").get(page)), page


@pytest.mark.clause("D47-5.12")
def test_the_warning_stands_at_the_attestation_and_on_review_and_names_nobody(
    world: World, enter: Any, moment: Any
) -> None:
    moment("2019-02-22 10:00")
    world.add_enterprise("second")
    first = declaring(world, "dg_enterprise", ends())
    voucher = world.claim(world.issued("second"), "second")
    client = enter("supplier")
    page = f"/supplier/attest/{voucher.number}/"
    fields: dict[str, str] = {"action": "check"}
    for place, end in enumerate(ends()):
        fields |= {f"ends-{place}-{name}": value for name, value in end.items()}
    shown = text_of(client.post(page, fields))
    assert "另有 1 家企业也填报了这个用户端" in shown
    assert first.enterprise.name not in shown and first.number not in shown
    second = actions.attest(
        voucher=voucher, seen_hash=voucher.claim_hash, ends=ends(), by=world["supplier"], now=CLAIMING
    )
    assert "另有 1 家企业" in text_of(enter("province_officer").get(f"/province/verdicts/{first.number}/"))
    world.verdict(second)
    reviewed = text_of(enter("dg_reviewer").get(f"/city/claims/{second.number}/"))
    assert "证明力弱" in reviewed and "另有 1 家企业" in reviewed
