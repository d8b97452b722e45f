"""Cycles, windows, quotas, money and imports through the pages: every fault beside its cell, nothing half done."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import DONGGUAN, FOSHAN, World
from tests.desks.officials import file_of, text_of
from yunquan.programme.models import CityTarget, Cycle, Window
from yunquan.programme.queries import quota_table


def typed_table(world: World, **changes: str) -> dict[str, str]:
    typed = {}
    for row in CityTarget.objects.filter(cycle=world.cycle):
        typed[f"{row.city}_target"] = f"{row.target_fen // 100}.00"
        typed[f"{row.city}_factor_percent"] = str(row.factor_percent)
    return {**typed, **changes}


@pytest.mark.clause("D47-5.1")
def test_a_cycle_is_made_prepared_and_opened(world: World, enter: Any) -> None:
    client = enter("province_officer")
    typed = {"code": "2019", "name": "2019 年度", "year": "2019", "pack": "gd-2018"}
    assert client.post("/province/cycles/new/", typed).status_code == 302
    cycle = Cycle.objects.get(code="2019")
    place = f"/province/cycles/{cycle.pk}/"
    refused = text_of(client.post(f"{place}open"), 422)
    assert "申领的起止时间尚未公布" in refused
    assert "尚未把服务券额度分配到地市" in refused
    windows = {
        "apply_opens_at": "2018-12-20 09:00", "apply_closes_at": "2019-03-31 17:00",
        "claim_opens_at": "2018-12-20 09:00", "claim_closes_at": "2019-09-30 17:00",
    }  # fmt: skip
    assert client.post(f"{place}windows/", windows).status_code == 302
    assert client.post(f"{place}quotas/", {f"{DONGGUAN}_target": "1000000"}).status_code == 302
    assert CityTarget.objects.get(cycle=cycle).quota_fen == 150_000_000
    assert client.post(f"{place}open").status_code == 302
    cycle.refresh_from_db()
    assert cycle.state == "open"
    again = client.post("/province/cycles/new/", typed)
    assert "已被使用" in text_of(again, 422)


@pytest.mark.clause("D47-5.18")
def test_a_closing_is_announced_in_time_and_never_moves_earlier(world: World, enter: Any) -> None:
    client = enter("province_officer")
    place = f"/province/cycles/{world.cycle.pk}/windows/"
    page = text_of(client.get(place))
    assert "2018-12-31 17:00" in page
    present = {
        "apply_opens_at": "2018-10-15 10:00", "apply_closes_at": "2018-12-31 17:00",
        "claim_opens_at": "2018-11-01 10:00", "claim_closes_at": "2019-03-31 17:00",
    }  # fmt: skip
    earlier = text_of(client.post(place, {**present, "apply_closes_at": "2018-12-20 17:00"}), 422)
    assert "不能提前" in earlier
    assert "2018-12-20 17:00" in earlier
    late = text_of(client.post(place, {**present, "apply_closes_at": "2019-01-05 17:00"}), 422)
    assert "不足 30 天" in late
    unread = text_of(client.post(place, {**present, "apply_closes_at": "明年", "claim_opens_at": ""}), 422)
    assert "日期和时刻请写成" in unread
    assert "请填写兑现的开放时间" in unread
    assert client.post(place, {**present, "apply_closes_at": "2019-02-28 17:00"}).status_code == 302
    row = Window.objects.get(cycle=world.cycle, kind="apply")
    assert row.closes_at.isoformat().startswith("2019-02-28T09:00")


@pytest.mark.clause("D47-8.2a")
def test_every_fault_of_the_table_stands_beside_its_cell(world: World, enter: Any) -> None:
    client = enter("province_officer")
    place = f"/province/cycles/{world.cycle.pk}/quotas/"
    typed = typed_table(
        world,
        **{
            "440100_target": "一百万", f"{FOSHAN}_target": "", "440300_factor_percent": "150",
            f"{DONGGUAN}_factor_percent": "abc",
        },
    )  # fmt: skip
    page = text_of(client.post(place, typed), 422)
    for code in ("440100_target", f"{FOSHAN}_target", "440300_target", f"{DONGGUAN}_factor_percent"):
        assert f'id="id_{code}_error"' in page, code
    assert "一百万" in page
    typed = typed_table(world, **{f"{FOSHAN}_factor_percent": "500", "440100_target": "1000000"})
    page = text_of(client.post(place, typed), 422)
    assert f'id="id_{FOSHAN}_factor_percent_error"' in page
    assert not CityTarget.objects.filter(city="440100").exists()


def test_only_changed_rows_are_set_and_a_second_click_does_nothing(world: World, enter: Any) -> None:
    from yunquan.journal.models import LogEntry

    client = enter("province_officer")
    place = f"/province/cycles/{world.cycle.pk}/quotas/"
    before = LogEntry.objects.count()
    typed = typed_table(world, **{f"{DONGGUAN}_target": "20000000", "once": "only-once"})
    assert client.post(place, typed).status_code == 302
    assert LogEntry.objects.count() == before + 1
    assert client.post(place, typed).status_code == 302
    assert LogEntry.objects.count() == before + 1


@pytest.mark.clause("D47-8.2a")
def test_quota_moves_between_cities_and_never_below_what_is_issued(world: World, enter: Any) -> None:
    client = enter("province_officer")
    world.issued()
    place = f"/province/cycles/{world.cycle.pk}/reallocate/"
    typed = {"from_city": DONGGUAN, "to_city": FOSHAN, "amount": "1000000"}
    assert client.post(place, typed).status_code == 302
    rows = {row.city: row for row in quota_table(world.cycle)}
    assert (rows[DONGGUAN].quota_fen, rows[FOSHAN].quota_fen) == (1400_0000_00, 1600_0000_00)
    page = text_of(client.post(place, {**typed, "amount": "90000000"}), 422)
    assert "90000000" in page
    assert "is-invalid" in page
    page = text_of(client.post(place, {"from_city": DONGGUAN, "to_city": DONGGUAN, "amount": ""}), 422)
    assert "请填写“调剂金额”" in page


@pytest.mark.clause("D47-8.2b")
def test_money_is_sent_and_taken_back(world: World, enter: Any) -> None:
    client = enter("province_officer")
    place = f"/province/cycles/{world.cycle.pk}/funds/"
    typed = {"way": "appropriate", "city": DONGGUAN, "amount": "500000", "document": "测试文号"}
    assert client.post(place, typed).status_code == 302
    assert {row.city: row.appropriated_fen for row in quota_table(world.cycle)}[DONGGUAN] == 1050_0000_00
    page = text_of(client.post(place, {**typed, "way": "withdraw", "amount": "99000000"}), 422)
    assert "未安排的资金只有" in page


def upload(text: str, name: str = "额度.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), content_type="text/csv")


@pytest.mark.clause("D47-5.1")
def test_quotas_come_from_a_table_after_a_dry_run(world: World, enter: Any) -> None:
    client = enter("province_officer")
    place = f"/province/cycles/{world.cycle.pk}/quotas/import/"
    head = "地市,目标额度（元）,发放系数（%）,发放额度（元）\n"
    bad = text_of(
        client.post(place, {"table": upload(head + "广州,1000000,150,\n火星,5,,\n深圳,100,900,\n")}), 422
    )
    for said in ("第 3 行", "“火星”不是广东省的地市", "第 4 行", "没有导入任何一行"):
        assert said in bad
    assert not CityTarget.objects.filter(city="440100").exists()
    good = text_of(client.post(place, {"table": upload(head + "广州,1000000,150,\n深圳,2000000,,\n")}))
    assert "试运行通过" in good
    assert not CityTarget.objects.filter(city="440100").exists()
    token = re.search(r'name="load" value="([^"]+)"', good)
    assert token is not None
    assert client.post(place, {"load": token[1], "once": token[1]}).status_code == 302
    assert CityTarget.objects.get(city="440300").quota_fen == 300_000_000
    stale = text_of(client.post(place, {"load": "old"}), 422)
    assert "试运行的结果已经失效" in stale
    assert file_of(client.get(f"{place}?format=xlsx"))[:2] == b"PK"


def test_enterprises_come_from_a_table_after_a_dry_run(world: World, enter: Any) -> None:
    from tests.parties.test_importing import HEAD, line
    from yunquan.parties.models import Enterprise

    client = enter("province_officer")
    place = "/province/enterprises/import/"
    bad = text_of(client.post(place, {"table": upload(HEAD + line(801, city="火星"), "企业.csv")}), 422)
    assert "第 2 行" in bad
    assert "所在地市" in bad
    good = text_of(client.post(place, {"table": upload(HEAD + line(802), "企业.csv")}))
    token = re.search(r'name="load" value="([^"]+)"', good)
    assert token is not None
    before = Enterprise.objects.count()
    assert client.post(place, {"load": token[1], "once": token[1]}).status_code == 302
    assert Enterprise.objects.count() == before + 1
    assert "请上传“导入文件”" in text_of(client.post(place, {}), 422)
