"""Inspection regimes are data: each decree's own, loaded with every fault named, a new one without code."""

from __future__ import annotations

import shutil
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from yunquan.policy.commands import policy
from yunquan.policy.packfile import PackError
from yunquan.policy.regimes import REGIMES, check_regime, load_regime, looks_like, shipped_regimes
from yunquan.policy.regimes.keys import KEYS
from yunquan.policy.rulebook import PACKS, load_pack

ON = {"d108": date(2019, 4, 1), "d26": date(2020, 4, 1), "d858": date(2020, 10, 1)}


def test_the_three_regimes_load_and_every_value_names_its_article() -> None:
    assert shipped_regimes() == ("d108", "d26", "d858")
    for name in shipped_regimes():
        assert check_regime(name) == []
        rules = load_regime(name).rules
        assert {rules.value(key, ON[name]).article[:1] for key in (*rules.keys(),)} == {"D"}


def test_before_payment_the_province_checks_finance_and_site_with_two_days_notice() -> None:
    regime, on = load_regime("d108"), ON["d108"]
    assert (regime.value("run_by", on).value, regime.value("stage", on).value) == (
        "province",
        "before_payment",
    )
    assert regime.value("notice_days", on).value == 2
    assert list(regime.tables(on)) == ["finance", "on_site"]
    finance = regime.tables(on)["finance"]
    assert (finance.per, finance.signers) == ("contract", ["finance_expert", "supplier"])
    assert regime.value("absent_supplier_accepts", on).value is True


def test_the_twelve_categories_have_their_functions_and_at_least_one_extended() -> None:
    regime, on = load_regime("d108"), ON["d108"]
    named = [category for service in range(1, 12) for category in regime.categories(service, on)]
    assert len(named) == 12
    assert [one.name for one in regime.categories(9, on)] == ["进销存管理", "仓储管理"]
    assert all(one.least_extended == 1 and one.extended for one in named)
    assert regime.categories(12, on) == ()


def test_what_fraud_brings_differs_between_the_regimes() -> None:
    first, second = (
        load_regime("d108").outcome("fraud", ON["d108"]),
        load_regime("d26").outcome("violation", ON["d26"]),
    )
    assert "supplier_vouchers_revoked" in first.effects and first.years == 0
    assert "supplier_vouchers_checked_first" in second.effects and second.years == 5
    assert "enterprise_barred" in second.effects and "enterprise_barred" not in first.effects
    with pytest.raises(KeyError):
        load_regime("d26").outcome("fraud", ON["d26"])


def test_after_payment_a_fifth_is_drawn_and_the_supplier_stays_away() -> None:
    regime, on = load_regime("d858"), ON["d858"]
    assert regime.value("stage", on).value == "after_payment"
    assert regime.value("draw", on).value.least_share == Fraction(1, 5)
    assert set(regime.value("present.on_site", on).value.never) == {"supplier", "third_party"}
    assert len(regime.value("conduct", on).value.lines) == 5


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    shutil.copytree(REGIMES / "d26", folder)
    return folder


def edit(folder: Path, file: str, before: str, after: str) -> int:
    """Change a file once; gives the line of the change."""
    text = (folder / file).read_text(encoding="utf-8")
    assert before in text
    (folder / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    return text[: text.index(before)].count("\n") + 1


def test_a_new_regime_is_a_folder_and_no_code(own: Path) -> None:
    edit(own, "sources.yaml", "id: d26", "id: city-2021")
    edit(own, "conduct.yaml", "value: 2\n", "value: 4\n")
    regime = load_regime(own)
    assert regime.id == "city-2021"
    assert regime.value("notice_days", ON["d26"]).value == 4
    assert regime.version != load_regime("d26").version
    told = CliRunner().invoke(policy, ["check", str(own)])
    assert (told.exit_code, "没有错误" in told.output) == (0, True)


@pytest.mark.parametrize(
    ("file", "before", "after", "says"),
    [
        ("conduct.yaml", "may: [supplier, city", "may: [enterprise, city", "只能列在"),
        ("conduct.yaml", "inspection.run_by", "inspection.runby", "没有这个规则名"),
        ("tables.yaml", "kind: conclusion", "kind: finding", "只有一项 conclusion"),
        ("outcomes.yaml", "years: 5", "years: 5\n            lasting: true", "不认识这一项"),
        ("outcomes.yaml", "            years: 5\n", "", "须写 years"),
        ("conduct.yaml", "article: D26-1", "article: D47-1", "不属于文件"),
    ],
)
def test_each_fault_is_named_with_file_and_line(
    own: Path, file: str, before: str, after: str, says: str
) -> None:
    line = edit(own, file, before, after)
    faults = check_regime(own)
    assert len(faults) >= 1
    found = next(fault for fault in faults if says in fault.reason)
    assert found.file == file and abs(found.line - line) <= 25
    told = CliRunner().invoke(policy, ["check", str(own)])
    assert told.exit_code == 2 and says in told.output


def test_a_fault_in_the_functions_is_named_too(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    shutil.copytree(REGIMES / "d108", folder)
    line = edit(folder, "functions.yaml", "least_extended: 1", "least_extended: 9")
    (fault,) = check_regime(folder)
    assert "不能要求 9 项" in fault.reason and fault.file == "functions.yaml" and abs(fault.line - line) <= 25


def test_what_a_regime_does_not_state_is_taken_from_the_one_that_it_follows(own: Path) -> None:
    first, second = load_regime("d108"), load_regime("d26")
    on = ON["d26"]
    for name in ("functions.2", "evidence_working_days", "table.finance"):
        assert second.value(name, on) == first.value(name, on)
    assert second.value("run_by", on).value == "city" and first.value("run_by", on).value == "province"
    # Its own values hold where it has them, and hide the followed ones for all days.
    edit(
        own,
        "conduct.yaml",
        "values:\n",
        """values:
  inspection.evidence_working_days:
    - from: 2020-03-27
      value: 7
      document: D26
      article: D26-1
      meaning: 假定。
""",
    )
    assert load_regime(own).value("evidence_working_days", on).value == 7
    assert load_regime(own).version != second.version
    assert load_regime("d858").rules.cite("D108-3.3").startswith("108号")


@pytest.mark.parametrize("name", ["nowhere", "own"])
def test_a_regime_that_follows_nothing_known_is_refused(own: Path, name: str) -> None:
    edit(own, "sources.yaml", "follows: d108", f"follows: {name}")
    (fault, *_rest) = [one for one in check_regime(own) if one.key == "pack.follows"]
    assert "不能沿用" in fault.reason


def test_the_programmes_pack_says_of_inspections_what_the_regimes_say() -> None:
    pack, late = load_pack("gd-2018"), ON["d858"]
    share = load_regime("d858").value("draw", late).value.least_share
    assert pack.value("inspection.random_share", late).value == share
    assert pack.value("inspection.random_share_met_by", late).value == "random_part_alone"
    for name, code in (("d108", "fraud"), ("d26", "violation")):
        outcome, ban = load_regime(name).outcome(code, ON[name]), pack.value("inspection.ban", ON[name]).value
        loses = "supplier_vouchers_revoked" in outcome.effects
        assert (ban.years, ban.all_vouchers) == (outcome.years, "lose_award" if loses else "recheck_first")


def test_an_unknown_value_points_to_the_guide_for_regimes(own: Path) -> None:
    edit(own, "conduct.yaml", "inspection.run_by", "inspection.runby")
    fault = next(one for one in check_regime(own) if one.key == "inspection.runby")
    assert "新的抽查规程" in fault.expected


def test_a_pack_and_a_regime_are_told_apart_by_what_they_hold(own: Path) -> None:
    for name in ("gd-2018", "gd-2018-draft"):
        assert not looks_like(name) and not looks_like(PACKS / name)
    assert looks_like("d108") and looks_like(own)
    told = CliRunner().invoke(policy, ["check", str(PACKS / "gd-2018")])
    assert (told.exit_code, "没有错误" in told.output) == (0, True)


def test_what_is_missing_is_named_too(own: Path) -> None:
    edit(own, "sources.yaml", "  follows: d108\n", "")
    (own / "outcomes.yaml").unlink()
    with pytest.raises(PackError) as refused:
        load_regime(own)
    assert any(fault.key == "inspection.outcomes" for fault in refused.value.faults)
    assert check_regime("nowhere")[0].reason == "没有这个抽查规程"


def test_the_guide_names_every_value_that_a_regime_must_have() -> None:
    guide = (Path(__file__).parents[2] / "docs/howto/a-new-inspection-regime.md").read_text(encoding="utf-8")
    required = [spec.key.removeprefix("inspection.") for spec in KEYS if spec.required]
    told = {"evidence_working_days", "result_working_days", "answer_working_days"}
    assert [name for name in required if f"`{name}`" not in guide and name not in told] == []


def test_a_day_that_no_calendar_has_is_named_with_its_line(own: Path) -> None:
    line = edit(own, "conduct.yaml", "from: 2020-03-27", "from: 2020-13-27")
    fault = next(fault for fault in check_regime(own) if "2020-13-27" in fault.reason)
    assert (fault.file, fault.line) == ("conduct.yaml", line)
