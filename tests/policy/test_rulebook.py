from __future__ import annotations

import re
import shutil
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from yunquan.policy.rulebook import PACKS, NotInForce, PackError, check_pack, load_pack

ON = date(2018, 10, 8)
SHIPPED = ("gd-2018", "gd-2018-draft")


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_packs_have_no_fault(name: str) -> None:
    assert check_pack(name) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_every_value_says_day_article_and_meaning(name: str) -> None:
    rulebook = load_pack(name)
    keys = rulebook.keys()
    assert len(keys) > 50
    for key in keys:
        for dated in rulebook.describe(key).entries:
            assert dated.from_on >= date(2018, 3, 20)
            assert dated.document in rulebook.documents
            assert dated.article.startswith(dated.document + "-")
            assert len(dated.meaning) > 5
            assert rulebook.cite(dated.article)


def test_no_code_branches_on_the_name_of_a_pack() -> None:
    for path in (PACKS.parent.parent).rglob("*.py"):
        if "demo" not in path.parts and "commands" not in path.name:
            assert not re.search(r"""(==|!=|\bin)\s*\(?["']gd-2018""", path.read_text(encoding="utf-8")), path


@pytest.mark.clause("D47-A1.1", "D47-4.4.1")
def test_the_catalogue_holds_eleven_services_in_four_stages_with_their_caps() -> None:
    services = load_pack("gd-2018").services(ON)
    caps = [(one.name, one.cap.amount, one.counts_devices) for one in services]
    assert caps == [
        ("研发管理协同", 10_000_000, False),
        ("生产设备状态监控", 200_000, True),
        ("智能排单调度", 50_000_000, False),
        ("设备智能调机", 30_000_000, False),
        ("生产品质管控", 20_000_000, False),
        ("能耗、环保、安全监控及优化", 20_000_000, False),
        ("设备远程运维及服务", 100_000, True),
        ("供应链协同", 3_000_000, False),
        ("进销存及仓储管理", 5_000_000, False),
        ("人力资源与绩效管理", 3_000_000, False),
        ("项目管理协同", 3_000_000, False),
    ]
    assert list(dict.fromkeys(one.stage for one in services)) == [
        "研发设计",
        "生产管理",
        "售后管理",
        "经营管理",
    ]
    assert all(one.pains and one.scenes for one in services)
    assert load_pack("gd-2018").value("award.cumulative_ceiling", ON).value.amount == 50_000_000


@pytest.mark.clause("D47-4.4.5", "D47-5.18", "D47-5.19", "D47-5.22", "D47-A1.2")
def test_the_numbers_of_the_decree_are_values() -> None:
    rulebook = load_pack("gd-2018")

    def value(key: str) -> object:
        return rulebook.value(key, ON).value

    assert [value(f"goals.{one}") for one in ("enterprises", "suppliers", "platforms")] == [10_000, 200, 20]
    assert value("award.certification_bonus") == 20_000_000
    assert value("programme.window_notice_days") == 30
    assert [value("strikes.suspend_at"), value("strikes.bar_at")] == [2, 3]
    assert value("settlement.publicity_days") == 7
    assert value("pilots.least_enterprises") == 20
    assert len(rulebook.value("suppliers.standard", ON).value) == 10


@pytest.mark.clause("D0-4.4", "D0-5.4", "D0-5.16", "D0-5.17")
def test_the_draft_differs_by_its_values_alone() -> None:
    draft, decree = load_pack("gd-2018-draft"), load_pack("gd-2018")
    assert draft.value("settlement.publicity_days", ON).value == 5
    assert draft.value("review.application_working_days", ON).value == 5
    assert draft.value("programme.implementation_days", ON).value == 120
    assert draft.value("suppliers.review_steps", ON).value.pool_exempt
    assert draft.value("pilots.lead_supplier_share", ON).value == Fraction(1, 2)
    assert draft.find("award.certification_bonus", ON) is None
    assert decree.find("programme.implementation_days", ON) is None
    assert draft.version != decree.version


def test_a_value_holds_from_its_day() -> None:
    rulebook = load_pack("gd-2018")
    assert rulebook.value("settlement.paid_contract_ratio", date(2020, 5, 24)).value == 0
    assert rulebook.value("settlement.paid_contract_ratio", date(2020, 5, 25)).value == Fraction(9, 10)
    with pytest.raises(NotInForce, match="没有规定"):
        rulebook.value("settlement.publicity_days", date(2018, 3, 19))


def test_every_point_that_the_policy_leaves_open_is_a_value_shown() -> None:
    points = load_pack("gd-2018").open_points(date(2020, 12, 31))
    assert sorted({number for number, _, _ in points}) == list(range(1, 12))
    assert all(description.title and dated.meaning for _, description, dated in points)


@pytest.mark.clause("D47-4.4.1", "D47-4.4.4")
def test_a_published_change_holds_from_its_day_and_not_before() -> None:
    base = load_pack("gd-2018")
    changed = base.overlaid(
        [
            {
                "key": "award.cap.3",
                "from_on": "2019-06-01",
                "value": {"per": "service", "amount": "60 万元"},
                "article": "D47-4.4.4",
                "meaning": "新目录提高智能排单调度的上限。",
            }
        ]
    )
    before, after = changed.service(3, date(2019, 5, 31)), changed.service(3, date(2019, 6, 1))
    assert before is not None
    assert after is not None
    assert (before.cap.amount, after.cap.amount) == (50_000_000, 60_000_000)
    assert changed.version != base.version
    assert load_pack("gd-2018").version == base.version
    assert changed.overlaid([]).version == changed.version


def test_a_wrong_change_is_refused_with_every_fault() -> None:
    with pytest.raises(PackError) as refused:
        load_pack("gd-2018").overlaid(
            [
                {"key": "award.cap.33x", "from_on": "2019-06-01"},
                {
                    "key": "award.cap.3",
                    "from_on": "1.6.2019",
                    "value": {"per": "day", "amount": 6},
                    "article": "四",
                },
            ]
        )
    keys = {fault.key for fault in refused.value.faults}
    assert {"award.cap.33x", "award.cap.3.from_on", "award.cap.3.value.amount"} <= keys
    assert {"award.cap.3.value.per", "award.cap.3.article", "award.cap.3.meaning"} <= keys


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKS / "gd-2018", tmp_path / "mine"))


WRONGS = [
    ("settlement.yaml", "value: 7\n", "value: 七\n", "settlement.publicity_days.value", "不是数目"),
    (
        "settlement.yaml",
        "    - from: 2018-03-20\n      value: 7\n",
        "    - value: 7\n",
        "publicity_days.from",
        "缺少这一项",
    ),
    ("settlement.yaml", "      article: D47-5.22\n", "", "publicity_days.article", "缺少这一项"),
    ("settlement.yaml", "D47-5.22", "D108-4", "publicity_days.article", "不属于文件 D47"),
    ("settlement.yaml", "document: P2020", "document: D99", "paid_contract_ratio.document", "没有在"),
    (
        "settlement.yaml",
        "settlement.publicity_days:",
        "settlement.publicity_day:",
        "publicity_day",
        "没有这个规则名",
    ),
    ("settlement.yaml", "from: 2020-05-25", "from: 2018-03-20", "paid_contract_ratio.from", "不晚于"),
    ("settlement.yaml", "value: at_least_face", "value: about_face", "invoice_rule.value", "只能是"),
    ("settlement.yaml", "value: 90 %", "value: 九成", "paid_contract_ratio.value", "不是比例"),
    ("award.yaml", "value: 20 万元", "value: 200000", "certification_bonus.value", "没有带单位"),
    ("award.yaml", "{amount: 50 万元}", "{amount: 50 万元, by_size: {}}", "cumulative_ceiling", "只写一个"),
    ("award.yaml", "{limit: cloud_fee}", "{limit: cloud_fee, twice: 2}", "line_rule.value.twice", "不认识"),
    ("catalogue.yaml", "9, 10, 11]", "9, 10, 11, 12]", "catalogue.service.12", "第 12 项"),
    ("catalogue.yaml", "name: 研发管理协同", "name: 供应链协同", "catalogue.service.8", "重复"),
    ("programme.yaml", "least: 1, most: 2", "least: 3, most: 2", "quota_factor", "least ≤ usual"),
    ("programme.yaml", "chapter: ", "chapters: ", "chapter", ""),
    ("programme.yaml", "values:", "values: [", "-", "YAML"),
    ("goals.yaml", "  goals.suppliers:", "  goals.enterprises:", "-", "写了两次"),
    ("sources.yaml", "    short: 47号\n", "", "documents.D47.short", "缺少"),
]


@pytest.mark.parametrize(("file", "old", "new", "key", "reason"), WRONGS)
def test_a_fault_says_file_line_key_reason_and_expectation(
    pack: Path, file: str, old: str, new: str, key: str, reason: str
) -> None:
    path = pack / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    faults = check_pack(pack)
    found = [fault for fault in faults if key in fault.key and reason in fault.reason]
    assert found, [str(fault) for fault in faults]
    assert found[0].line >= 1
    assert found[0].expected
    with pytest.raises(PackError):
        load_pack(pack)


def test_the_line_of_a_fault_is_the_line_in_the_file(pack: Path) -> None:
    path = pack / "settlement.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    place = lines.index("      value: 7")
    lines[place] = "      value: seven"
    path.write_text("\n".join(lines), encoding="utf-8")
    (fault,) = check_pack(pack)
    assert (fault.file, fault.line) == ("settlement.yaml", place + 1)


def test_an_unknown_pack_and_a_pack_without_sources_are_faults(tmp_path: Path) -> None:
    assert "没有这个规则包" in check_pack("gd-1999")[0].reason
    assert check_pack(tmp_path)[0].file == "sources.yaml"


def test_a_missing_rule_is_a_fault(pack: Path) -> None:
    (pack / "goals.yaml").unlink()
    assert {fault.key for fault in check_pack(pack)} >= {"goals.enterprises", "goals.by_year"}
