"""A signal that compares with another city's voucher does not tell this city which one (A1)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.cast import DONGGUAN, World
from tests.usage.judging import attested, compute
from tests.vouchers.test_completion import draft, send
from yunquan.usage.completion import hashed_bytes
from yunquan.usage.queries import table_is_unchanged, table_lines

ELSEWHERE = "GD2018-FS-000777"


def copied(world: World) -> Any:
    """A claim of Dongguan whose log looks like that of a voucher of Foshan, and like its own."""
    voucher = attested(world)
    signal = {
        "code": "copied_log",
        "label": "日志与其他企业雷同",
        "text": f"有 9 天与券 {ELSEWHERE} 完全相同",
        "evidence": [{"other_voucher": ELSEWHERE}, {"other_voucher": voucher.number}],
    }
    compute(voucher, "done", signals=(signal,))
    return voucher


@pytest.mark.clause("A1")
def test_a_city_reads_no_number_of_another_city_in_its_table(world: World) -> None:
    voucher = copied(world)
    table = send(world, draft(world))
    lines = table_lines(table)
    content = hashed_bytes(table, lines).decode()
    assert ELSEWHERE not in content and voucher.number in content and "其他地市的券" in content
    assert table_is_unchanged(table, lines)


@pytest.mark.clause("A1")
def test_a_city_reads_no_number_of_another_city_beside_a_claim(world: World) -> None:
    voucher = copied(world)
    send(world, draft(world))
    client = Client()
    client.force_login(world.person(world["dg_reviewer"]))
    for page in (f"/city/claims/{voucher.number}/", f"/city/vouchers/{voucher.number}/usage/"):
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert "其他地市的券" in answer.content.decode() and ELSEWHERE not in answer.content.decode(), page
    assert voucher.city == DONGGUAN
