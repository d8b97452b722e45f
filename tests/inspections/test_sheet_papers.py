"""The official tables as papers: filled and signed, blank, and as a spreadsheet."""

from __future__ import annotations

import io
from typing import Any

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from tests.cast import World
from tests.inspections import visits
from yunquan.inspections.sheet_papers import blank_pdf, visit_pdf, visit_xlsx
from yunquan.papers.check_tables import strokes_svg


def text(content: bytes) -> str:
    pages = pypdfium2.PdfDocument(content)
    return "".join(page.get_textpage().get_text_range() for page in pages).replace("\r\n", "")


@pytest.mark.clause("D108-3.3")
def test_the_signed_on_site_table_has_the_official_rows(
    world: World, concluded: list[dict[str, Any]]
) -> None:
    visit = visits.signed(world)
    said = text(visit_pdf(visit))
    for part in (
        "资料真实性",
        "交付情况",
        "合同金额合理性",
        "基本功能",
        "扩展功能",
        "专家组签名",
        "企业",
        "供应商",
    ):
        assert part in said
    assert "认同上述评价结论" in said and world.enterprise.name in said and "建议扩大联网范围" in said


@pytest.mark.clause("D108-3.2")
def test_the_finance_table_has_a_line_a_contract(world: World, concluded: list[dict[str, Any]]) -> None:
    visit = visits.signed(world, table="finance", vouchers=[world.approved(), world.approved()])
    said = text(visit_pdf(visit))
    for sheet in visit.sheets.all():
        assert sheet.prefilled["head"]["contract"] in said
    assert "支付凭证合规性" in said and "结论为（合格或不合格）：合格" in said


def test_the_blank_forms_can_be_printed(world: World) -> None:
    plan = visits.appointed(world).plan
    said = text(blank_pdf(plan, "on_site"))
    for category in ("研发管理协同", "仓储管理", "项目管理协同", "能耗、环保、安全"):
        assert category in said
    assert "合同名称及编号" in text(blank_pdf(plan, "finance"))


def test_every_row_is_in_the_spreadsheet(world: World) -> None:
    visit = visits.closed(world)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(visit_xlsx(visit))).get_sheet_by_index(0).to_python()
    assert sum("符合" in row for row in rows) == 4


def test_what_was_typed_reaches_no_markup(world: World, concluded: list[dict[str, Any]]) -> None:
    visit = visits.begun(world)
    visits.fill(world, visit, genuine__remark='#panic("x") <svg onload=1>', genuine__finding="met")
    assert "#panic" in text(visit_pdf(visit))
    assert strokes_svg([[1, 2, 3, 4], [5, 5]]).count("<polyline") == 2
    with pytest.raises(ValueError, match="invalid literal"):
        strokes_svg([["1'/><script>", 2]])  # type: ignore[list-item]
