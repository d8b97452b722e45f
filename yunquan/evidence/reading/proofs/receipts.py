"""Reads bank receipts by their text: labels, what stands behind them, and which side each belongs to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from yunquan.evidence.reading.amounts import CAPITAL_SIGNS, FIGURES, UNIT, capitals_fen, days_in, figures_fen
from yunquan.evidence.reading.facts import Conflict, Place, ProofFacts
from yunquan.evidence.reading.flow import Cell, Flow, Row
from yunquan.evidence.reading.proofs import layouts
from yunquan.evidence.reading.proofs.labels import Hit, Labelled, head_side, plain
from yunquan.evidence.reading.proofs.layouts import Receipt
from yunquan.evidence.reading.proofs.masking import masked

_TITLE = re.compile(r"(?:回单|回执|入账凭证|付款凭证|转账凭证|电子凭证|汇款凭证)(?:\([^()]{0,14}\))?$")
_FIGURES = re.compile(rf"(?P<figures>{FIGURES})[ ]?(?P<unit>{UNIT})?(?![\d%])")
_CAPITALS = re.compile(rf"[{CAPITAL_SIGNS}]{{2,40}}")
_SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{3,49}")
_FOREIGN = re.compile(r"美元|港[币元]|欧元|日元|英镑|USD|HKD|EUR|JPY|GBP")
# A note on what happens if something goes wrong is no sign that it did.
_NOTE = re.compile(r"如|若|(?<!申)请|须知|说明|提示|不作为|仅供|为准|是否|以便|情况|原因|客服|重复")
_NONE = re.compile(r"^(?:无|否|0|正常|-|/)$")
_SUCCESS = re.compile(
    r"^(?:交易|付款|支付|转账|处理|汇款)?(?:成功|完成|已完成)|已(?:入账|记账|付款|支付|到账|汇出)|记账成功"
)
_LONGEST_TITLE = 40
_ORGANISATION_END = re.compile(
    r"(?:公司|厂|中心|商行|经营部|合作社|事务所|研究院|研究所|学校|银行|协会|集团|\))$"
)


def read_rows(rows: Sequence[Row]) -> list[ProofFacts]:
    """The receipts on one page; several where its title stands several times."""
    vocabulary = _vocabulary()
    whole = Labelled(Flow.of(rows), vocabulary)
    titles = [
        number
        for number, row in enumerate(rows)
        if number not in whole.by_row
        and any(
            _TITLE.search(plain(unicodedata.normalize("NFKC", cell.text)))
            and len(cell.text) <= _LONGEST_TITLE
            for cell in row.cells
        )
    ]
    parts = [whole]
    if len(titles) > 1:
        bounds = [0, *titles[1:], len(rows)]
        parts = [
            Labelled(Flow.of(rows[begins:ends]), vocabulary)
            for begins, ends in pairwise(bounds)
            if begins < ends
        ]
        found = [facts for part in parts if _is_receipt(facts := _Receipt(part, vocabulary).facts())]
        if len(found) > 1:
            return found
    facts = _Receipt(whole, vocabulary).facts()
    return [facts] if facts.sources or facts.no_proof else []


def _is_receipt(facts: ProofFacts) -> bool:
    return facts.amount_fen is not None and bool(facts.payer or facts.payee)


def _vocabulary() -> set[str]:
    words: set[str] = set()
    for layout in (layouts.generic(), *layouts.receipts()):
        for labels in (*layout.labels.values(), *layout.both.values(), layout.others, *layout.heads.values()):
            words.update(plain(label) for label in labels)
    return words


class _Receipt:
    """One receipt while it is read."""

    def __init__(self, labelled: Labelled, vocabulary: set[str]) -> None:
        self.vocabulary = vocabulary
        self.labelled, self.common = labelled, layouts.generic()
        self.left_over = labelled.left_over()
        self.layout = self._recognised()
        self.told: dict[str, Any] = {}
        self.places: dict[str, Place] = {}
        self.sources: dict[str, tuple[str, ...]] = {}
        self.conflicts: list[Conflict] = []
        self.values: dict[str, list[tuple[int, tuple[int, int]]]] = {}

    def _recognised(self) -> Receipt:
        """The layout whose bank stands in the titles; the bank of the other side stands behind labels."""
        text = "\n".join(self.labelled.left_over(whole_rows=True))
        best: tuple[int, Receipt] | None = None
        for layout in layouts.receipts():
            found = [
                place
                for word in layout.recognised_by
                if (place := text.find(plain(unicodedata.normalize("NFKC", word)))) >= 0
            ]
            if (
                found
                and not any(word in text for word in layout.not_by)
                and (best is None or min(found) < best[0])
            ):
                best = (min(found), layout)
        return best[1] if best else self.common

    def facts(self) -> ProofFacts:
        """What the receipt says."""
        self._gather()
        for part in ("payer", "payee"):
            self._name(part)
            self._keep(f"{part}_account", masked)
        self._amount()
        self._keep("paid_on", _day)
        self._day_alone()
        self._keep("serial", _serial)
        recognised = self.layout is not self.common
        return ProofFacts(
            layout=self.layout.id if recognised or self.told else None,
            bank=(self.layout.bank or None) if recognised else None,
            sources=self.sources,
            conflicts=tuple(self.conflicts),
            places=self.places,
            no_proof=self._no_proof(),
            **self.told,
        )

    def _gather(self) -> None:
        """Sort what stands behind labels by the part it is; the labels' order in the layout is their rank."""
        direct: dict[str, tuple[str, int]] = {}
        rank = 0
        for layout in dict.fromkeys((self.layout.id, self.common.id)):
            of = self.layout if layout == self.layout.id else self.common
            for part, labels in of.labels.items():
                for label in labels:
                    rank += 1
                    direct.setdefault(plain(label), (part, rank))
        both = {
            plain(label): part
            for layout in (self.common, self.layout)
            for part, labels in layout.both.items()
            for label in labels
        }
        heads = self._heads()
        sums = {label for label, (part, _order) in direct.items() if part in ("amount", "capitals")}
        for hit in self.labelled.hits:
            if hit.label in sums:
                # Figures and capitals stand in one row, whichever of their labels comes first.
                below = self.labelled.flow.row_at(hit.value[0]) != hit.row and hit.value[0] < hit.value[1]
                span = hit.value if below else self.labelled.rest_of_row(hit, sums)
                self._put(*direct[hit.label], span)
            elif hit.label in direct:
                self._put(*direct[hit.label], hit.value)
            elif hit.label in both:
                self._of_both(hit, both[hit.label], heads, both)

    def _put(self, part: str, order: int, span: tuple[int, int]) -> None:
        if span[0] < span[1]:
            self.values.setdefault(part, []).append((order, span))

    def _of_both(
        self, hit: Hit, kind: str, heads: Sequence[tuple[str, Row, Cell, int]], both: Mapping[str, str]
    ) -> None:
        ending = {"name": "", "account": "_account", "bank": "_bank"}[kind]
        same = [each for each in self.labelled.by_row[hit.row] if both.get(each.label) == kind]
        side = head_side(self.labelled, hit, heads)
        if len(same) == 1:
            columns = self._columns(hit, heads)
            if columns:
                for which, span in columns.items():
                    self._put(which + ending, 900, span)
                return
        elif len(same) == 2 and len({head_side(self.labelled, each, heads) for each in same}) < 2:
            # Without heads that part them the payer stands on the left.
            side = "payer" if hit is same[0] else "payee"
        if not side:
            named = {each.label for each in self.labelled.hits[: self.labelled.hits.index(hit)]}
            side = "payee" if any("收款" in label for label in named) else "payer"
        self._put(side + ending, 900, hit.value)

    def _columns(self, hit: Hit, heads: Sequence[tuple[str, Row, Cell, int]]) -> dict[str, tuple[int, int]]:
        """One label and two values under the heads of two columns."""
        cells = self.labelled.flow.rows[hit.row].cells
        after = [
            (cell, span)
            for cell, span in zip(cells, self.labelled.flow.cells_of(hit.row), strict=False)
            if span[0] >= hit.end and span[0] not in self.labelled.label_starts and span[0] < span[1]
        ]
        above = [each for each in heads if each[3] < hit.start and each[2].left > hit.cell.left]
        if len(after) != 2 or {each[0] for each in above[-2:]} != {"payer", "payee"}:
            return {}
        first, second = above[-2:] if above[-2][2].left <= above[-1][2].left else reversed(above[-2:])
        return {first[0]: after[0][1], second[0]: after[1][1]}

    def _heads(self) -> list[tuple[str, Row, Cell, int]]:
        """The words that part the two sides: labels without a value of their own, and upright ones."""
        words = {
            plain(word): side
            for layout in (self.common, self.layout)
            for side, heads in layout.heads.items()
            for word in heads
        }
        found = []
        rows = self.labelled.flow.rows
        for hit in self.labelled.hits:
            begins = hit.value[0]
            if hit.label in words and (hit.value[0] >= hit.value[1] or begins in self.labelled.label_starts):
                found.append((words[hit.label], rows[hit.row], hit.cell, hit.start))
        upright: dict[int, list[tuple[float, str, Cell, Row]]] = {}
        for row in rows:
            for cell in row.cells:
                sign = cell.text.strip()
                if (
                    row.place.page is not None
                    and (len(sign) == 1 or sign[1:2] == " ")
                    and sign[:1] >= "\u4e00"
                ):
                    upright.setdefault(round(cell.left / 10), []).append((cell.top, sign[0], cell, row))
        for column, letters in upright.items():
            beside = sorted([*letters, *upright.get(column + 1, ())], key=lambda each: each[0])
            text = "".join(sign for _top, sign, _cell, _row in beside)
            for word, side in words.items():
                at = text.find(word) if len(word) >= 3 else -1
                if at >= 0:
                    first, last = beside[at], beside[at + len(word) - 1]
                    cell = Cell(word, first[2].left, first[2].left, first[2].top, last[2].bottom)
                    found.append((side, first[3], cell, -1))
        return sorted(found, key=lambda each: each[3])

    def _best(self, part: str) -> list[tuple[int, int]]:
        return [span for _order, span in sorted(self.values.get(part, ()), key=lambda each: each[0])]

    def _keep(self, part: str, take: Any) -> None:
        for span in self._best(part):
            value = take(self.labelled.said(span))
            if value is not None:
                self.told[part], self.places[part] = value, self.labelled.place(span)
                self.sources[part] = ("text",)
                return

    def _day_alone(self) -> None:
        """The day that some banks print under the title without a label, where it is the only such one."""
        if "paid_on" in self.told:
            return
        alone, taken = [], {hit.value[0] for hit in self.labelled.hits}
        for number in self.labelled.flow.starts():
            for span in self.labelled.flow.cells_of(number):
                text = self.labelled.flow.text[slice(*span)]
                found = days_in(text) if 8 <= len(text) <= 24 and span[0] not in taken else []
                if found and found[0][:2] == (0, len(text)):
                    alone.append((found[0][2], span))
        if len({day for day, _span in alone}) == 1:
            self.told["paid_on"], self.places["paid_on"] = alone[0][0], self.labelled.place(alone[0][1])
            self.sources["paid_on"] = ("text",)

    def _name(self, part: str) -> None:
        for span in self._best(part):
            name = self.labelled.said(span)
            if not re.search(r"[\u4e00-\u9fffA-Za-z]{2}", name) or plain(name) in self.vocabulary:
                continue
            more = self.labelled.goes_on(span)
            if more is not None and not _ORGANISATION_END.search(_folded(name)):
                name += self.labelled.said(more)
            self.told[part], self.places[part] = name[:200], self.labelled.place(span)
            self.sources[part] = ("text",)
            return

    def _amount(self) -> None:
        """Figures and capitals; a disagreement is kept."""
        if any(
            hit.label == "币种" and _FOREIGN.search(self.labelled.said(hit.value).upper())
            for hit in self.labelled.hits
        ):
            return
        figures: int | None = None
        words: int | None = None
        place: Place | None = None
        for part in ("amount", "capitals"):
            for span in self._best(part):
                text = _folded(self.labelled.said(span))
                said = _CAPITALS.search(text)
                if words is None and said:
                    words = capitals_fen(said[0])
                    place = place or (self.labelled.place(span) if words is not None else None)
                found = _FIGURES.search(text)
                if figures is None and found:
                    figures = figures_fen(found["figures"], found["unit"] or "")
                    place = self.labelled.place(span) if figures is not None else place
        if figures is None and words is None:
            return
        self.told["amount_fen"] = figures if figures is not None else words
        self.places["amount_fen"] = place or Place()
        agree = figures is None or words is None or figures == words
        self.sources["amount_fen"] = tuple(
            name
            for name, one in (("text", figures), ("capitals", words if agree else None))
            if one is not None
        )
        if not agree:
            self.conflicts.append(Conflict("amount_fen", (("text", figures), ("capitals", words))))

    def _no_proof(self) -> str | None:
        """What shows that nothing was paid: a state, or a title; notes and purposes don't count."""
        requests = {plain(word) for layout in (self.common, self.layout) for word in layout.requests}
        failures = {plain(word) for layout in (self.common, self.layout) for word in layout.failures}
        states = {
            plain(word) for layout in (self.common, self.layout) for word in layout.labels.get("state", ())
        }
        for hit in self.labelled.hits:
            if hit.label in states:
                state = plain(_folded(self.labelled.said(hit.value)))
                if state and not _SUCCESS.search(state):
                    told = _told(state, requests, failures)
                    if told:
                        return told
        for text in self.left_over:
            bare = text.split(":")[-1]
            if len(text) > _LONGEST_TITLE or _NOTE.search(text) or _NONE.match(bare) or _SUCCESS.search(text):
                continue
            told = _told(text, requests, failures)
            if told:
                return told
        return None


def _told(text: str, requests: set[str], failures: set[str]) -> str | None:
    for words, why in (
        (failures, "付款没有成功或已退回"),
        (requests, "只是付款申请或处理中，付款还没有完成"),
    ):
        word = min(
            (word for word in words if word in text),
            key=lambda each: (text.find(each), -len(each)),
            default=None,
        )
        if word is not None:
            return f"页面写有“{word}”：{why}，不能作为付款凭证"
    return None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("￥", "¥")


def _day(text: str) -> date | None:
    return next((day for *_at, day in days_in(_folded(text), compact=True)), None)


def _serial(text: str) -> str | None:
    found = _SERIAL.search("".join(_folded(text).split()))
    return found[0] if found and any(sign.isdigit() for sign in found[0]) else None
