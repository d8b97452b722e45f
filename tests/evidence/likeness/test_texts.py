"""Texts: looks don't count, copies are alike in kind and score, honest papers are not, and differences are exact."""

from __future__ import annotations

import random
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evidence.likeness import making
from yunquan.evidence.likeness import opening, shingles
from yunquan.evidence.likeness.comparing import Document, Kind, compare, compare_texts, paper_of, text_of
from yunquan.evidence.likeness.differences import side_by_side
from yunquan.evidence.likeness.own_forms import own_forms
from yunquan.papers import forms_docx
from yunquan.papers.pdf import contract as contract_pdf

texts = st.text(alphabet="验收报告合同甲乙方有限公司厂，。；\n 0123456789.年月日ABCＡ（）", max_size=200)


def alike(one: str, other: str) -> tuple[Kind, float] | None:
    """Kind and score of two texts."""
    left, right = text_of(one), text_of(other)
    found = compare_texts(left, right) if left is not None and right is not None else None
    return (found.kind, found.score) if found else None


@settings(deadline=None)
@given(texts)
def test_looks_do_not_count(text: str) -> None:
    assert shingles.plain(shingles.plain(text)) == shingles.plain(text)
    spread = " ".join(text)
    assert shingles.plain(spread) == shingles.plain(text)
    shown = text.translate({sign: sign + 0xFEE0 for sign in range(ord("0"), ord("9") + 1)})
    assert shingles.wording(shown) == shingles.wording(text) and shingles.figures(shown) == shingles.figures(
        text
    )


@settings(deadline=None)
@given(texts, texts)
def test_comparing_has_no_side_and_every_text_is_like_itself(one: str, other: str) -> None:
    assert alike(one, other) == alike(other, one)
    if shingles.plain(one):
        assert alike(one, one) == (Kind.SAME_TEXT, 1.0)


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 120))
def test_the_signature_estimates_the_true_likeness(seed: int, changes: int) -> None:
    chance = random.Random(seed)
    one = [chr(chance.randint(0x4E00, 0x9000)) for _ in range(400)]
    other = list(one)
    for place in chance.sample(range(400), changes):
        other[place] = "改"
    left, right = shingles.shingles("".join(one)), shingles.shingles("".join(other))
    true = shingles.jaccard(left, right)
    # Five standard deviations of a share of 128.
    guess = shingles.estimate(shingles.signature(left), shingles.signature(right))
    assert abs(guess - true) <= 5 * (true * (1 - true) / shingles.PERMUTATIONS) ** 0.5 + 0.02
    plain = {tuple("".join(one)[place : place + 5]) for place in range(396)}
    changed = {tuple("".join(other)[place : place + 5]) for place in range(396)}
    assert true == pytest.approx(len(plain & changed) / len(plain | changed))


def test_alike_texts_share_a_band_and_strangers_do_not() -> None:
    missed = 0
    for seed in range(60):
        text = making.report(seed, body="".join(random.Random(seed).choices(making.SENTENCES, k=6)))
        copy = text.replace("设备", "机台", 1).replace("验收结论", "结论", 1)
        keys = [
            shingles.bands(shingles.signature(shingles.shingles(shingles.wording(t)))) for t in (text, copy)
        ]
        missed += not set(keys[0]) & set(keys[1])
        assert len(keys[0]) == shingles.LANES and all(0 <= key < 2**63 for key in keys[0])
    assert missed == 0
    chance = random.Random(1)
    strangers = [
        set(
            shingles.bands(
                shingles.signature(
                    shingles.shingles("".join(chance.choices("天地玄黄宇宙洪荒日月", k=9) * 40))
                )
            )
        )
        for _ in range(2)
    ]
    assert not strangers[0] & strangers[1]


def test_a_report_with_another_name_in_it_is_found_whatever_else_was_changed() -> None:
    for seed in range(20):
        text = making.report(seed)
        renamed = making.report(seed, enterprise="虚构精密机电有限公司")
        kind, score = alike(text, renamed) or (None, 0.0)
        assert kind is Kind.OTHER_NAMES and score > 0.9
        dated = making.report(
            seed, enterprise="虚构精密机电有限公司", number="YS-9", accepted="2019年4月30日"
        )
        kind, lower = alike(text, dated) or (None, 0.0)
        assert kind is Kind.OTHER_NAMES and lower < score
        fresh = {
            **making.facts(seed + 500),
            "body": making.facts(seed)["body"],
            "service": making.facts(seed)["service"],
        }
        kind, lowest = alike(text, making.report(seed, **fresh)) or (None, 0.0)
        assert kind is Kind.SAME_WORDING and lowest < lower


def test_honest_reports_of_one_supplier_are_not_alike() -> None:
    honest = [text_of(making.report(seed)) for seed in range(60)]
    found = [
        (one, other)
        for one in range(60)
        for other in range(one)
        if compare_texts(honest[one], honest[other]) is not None  # type: ignore[arg-type]
    ]
    assert found == []


def test_two_contracts_on_one_form_with_their_own_figures_are_not_alike() -> None:
    one = making.contract(
        enterprise="示例五金有限公司", number="HT-001", fee="120,000.00", day="2018年10月8日"
    )
    other = making.contract(
        enterprise="样板塑胶有限公司", number="GY-977", fee="86,500.00", day="2018年11月2日"
    )
    assert paper_of(one) == "contract" and alike(one, other) is None
    # The control: the same figures under another name are.
    assert alike(one, one.replace("示例五金", "样板塑胶")) == (Kind.OTHER_NAMES, 0.99)


def test_two_slips_of_one_bank_are_not_alike_but_the_same_slip_with_another_name_is() -> None:
    slip = (
        "示例银行电子回单\n付款人户名：示例五金制品有限公司\n付款人账号：6222000011112222\n收款人户名：示例云科技有限公司\n"
        "收款人账号：6222000033334444\n金额：{0} 元\n交易日期：{1}\n流水号：{2}\n本回单可登录网上银行核验，重复打印无效，请勿重复入账\n"
    )
    first = slip.format("80,000.00", "2018-12-03", "GH20181203001")
    second = slip.format("80,000.00", "2019-01-03", "GH20190103007")
    assert paper_of(first) == "slip" and alike(first, second) is None
    assert alike(first, first.replace("示例五金", "样板塑胶")) == (Kind.OTHER_NAMES, 0.99)


def test_short_texts_and_empty_ones_make_nothing_alike() -> None:
    assert alike("同意", "同意验收") is None and text_of(" ，。") is None
    one, other = (Document(name=name, sha256=name) for name in "ab")
    assert compare(one, other) is None


@settings(deadline=None)
@given(texts, texts)
def test_side_by_side_loses_nothing(left: str, right: str) -> None:
    shown = side_by_side(left, right)
    assert "".join(piece.left for piece in shown.pieces) == "".join(_clauses(left))
    assert "".join(piece.right for piece in shown.pieces) == "".join(_clauses(right))
    assert all(piece.left == piece.right for piece in shown.pieces if piece.what == "same")
    assert all(piece.left != piece.right for piece in shown.differences)


def _clauses(text: str) -> list[str]:
    from yunquan.evidence.likeness.differences import _CLAUSE

    return _CLAUSE.findall(text)


def test_what_differs_is_named_by_kind() -> None:
    one = making.report(1)
    other = making.report(1, enterprise="虚构精密机电有限公司", accepted="2019年4月30日", shop="喷涂线")
    shown = side_by_side(one, other)
    kinds = {piece.what for piece in shown.differences}
    assert kinds == {"name", "figure", "wording"} and "名称" in shown.summary()
    assert side_by_side(one, one).differences == () and side_by_side(one, one).summary() == "没有不同"


def test_texts_too_long_to_compare_say_so() -> None:
    assert not side_by_side("甲，" * 5_000, "乙，" * 5_000).is_whole


def test_a_blank_form_takes_its_shingles_away() -> None:
    form = shingles.shingles(shingles.plain("".join(making.SENTENCES)))
    filled = shingles.shingles(shingles.plain("".join(making.SENTENCES) + making.report(3, body="")))
    rest = shingles.without(filled, form)
    assert len(rest) < len(filled) and not np.isin(rest, form).any()
    assert np.array_equal(shingles.without(form, form), form)


@pytest.mark.parametrize(
    "text",
    [
        "上云上平台费用" + " " * 60_000,
        "甲方:" + "\n \n" * 20_000,
        "供应链协同" * 40_000,
        "公司" * 100_000,
        "2019 年" * 50_000,
        "甲，乙，" * 30_000 + "甲" * 30_000,
        "9" * 300_000,
    ],
    ids=["blanks", "lines", "services", "firms", "days", "clauses", "figures"],
)
def test_a_text_made_to_cost_time_costs_little(text: str) -> None:
    from time import process_time

    from yunquan.evidence.likeness.twins import outline_of

    started = process_time()
    text_of(text)
    outline_of("a", text, making.SERVICES)
    side_by_side(text, text.replace("甲", "乙", 500)[::-1])
    assert process_time() - started < 5


def test_two_contracts_on_the_platforms_own_form_are_alike_only_with_the_same_figures() -> None:
    def filled(enterprise: str, number: str, fee: int, services: tuple[str, ...]) -> dict[str, object]:
        return forms_docx.contract_fields(
            lines=[(name, fee + place) for place, name in enumerate(services)],
            contract_no=number,
            enterprise=enterprise,
            supplier="虚构软件（测试）有限公司",
            place="东莞市测试路 1 号",
            total_fen=fee * 3,
            signed_on=date(2019, 6, fee % 20 + 1),
        )

    services = ("进销存及仓储管理", "人力资源与绩效管理")
    papers = [
        filled("虚构陶瓷（测试）有限公司", "YS-2019-0096", 5_350_000, services),
        filled("虚构五金（测试）有限公司", "YS-2019-0041", 5_350_000, services),
        filled("虚构纺织（测试）有限公司", "YS-2019-0096", 5_350_000, services),
        filled("虚构电子（测试）有限公司", "YS-2019-0007", 3_770_000, ("智能排单调度",)),
    ]
    for make, name in ((forms_docx.contract, "a.docx"), (contract_pdf, "a.pdf")):
        first, second, copied, other = (
            text_of(opening.read(make(paper), name)["text"], form=own_forms()) for paper in papers
        )
        assert first is not None and second is not None and copied is not None and other is not None
        assert compare_texts(first, second) is None
        assert compare_texts(first, other) is None
        found = compare_texts(first, copied)
        assert found is not None and found.kind in (Kind.OTHER_NAMES, Kind.SIMILAR_TEXT)
        # The control: without knowing the form, every pair on it would be shown.
        blind = [text_of(opening.read(make(paper), name)["text"]) for paper in papers[:2]]
        assert blind[0] is not None and blind[1] is not None
        assert compare_texts(*blind) is not None
