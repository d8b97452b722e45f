"""Finds a contract's fields in its text: what the contract says of itself, not what looks like it beside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import islice
from typing import Any

from yunquan.evidence.reading.amounts import days_in
from yunquan.evidence.reading.contracts import parties, services, sums
from yunquan.evidence.reading.facts import Conflict, ContractFacts, ContractLine, Place
from yunquan.evidence.reading.flow import Flow, Row

_NUMBER = re.compile(
    r"(?P<label>(?:合同|协议|订单)(?:书)?[ \t]?(?:编[ \t]*号|号码|号|登记号)|(?:^|(?<=[\n\t(]))编[ \t]*号|Contract[ ]?No\.?)"
    r"[ \t]*(?::[ \t_]*\n?)?[ \t_]*(?P<number>[A-Za-z0-9\u4e00-\u9fff〔\[(#]"
    r"[A-Za-z0-9\u4e00-\u9fff〔〕\[\]()\-—–－_/·.#]{1,59}(?:[ ](?:[A-Z0-9][A-Z0-9\-/]{0,20}|号)){0,2})",
    re.IGNORECASE,
)
_OTHER_NUMBER = re.compile(r"(?:原|主|框架|补充|前述|所属|关联)[ ]?$")
_NUMBER_END = re.compile(r"(?:签订|签约|签署|日期|甲方|乙方|合同名称|项目名称|\)$)")
_DAY_LABEL = re.compile(
    r"(?:合同)?(?:签[ ]?订|签[ ]?署|签[ ]?约|签[ ]?字|订[ ]?立)(?:的)?(?:日[ ]?期|时[ ]?间|日)[ \t]*(?:\([^()\n]{0,10}\))?[ \t]*:?[ \t\n]?"
)
_SIGNED_ON = re.compile(r"^[ \t]?(?:在|于)?[^\n。;]{0,24}?(?:签订|签署|订立|签定|缔结)(?!的)")
_SEALS = re.compile(r"签[章字署]|盖[ \t]*章|公章|印章|\(章\)")
_DATED = re.compile(r"(?:日[ \t]*期|时[ \t]*间)[ \t]*:?[ \t\n_]{0,3}")
_OTHER_DAY = re.compile(
    r"(?:原|补充|变更|框架|交付|付款|验收|生效|到期|开工|竣工|成立|出生|起始|截止|有效|主合同|甲方在|前期)[^\n。;]{0,6}$"
)


class _Finder:
    """The findings while they are collected."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows, self.flow = rows, Flow.of(rows)
        self.told: dict[str, Any] = {}
        self.places: dict[str, Place] = {}
        self.sources: dict[str, tuple[str, ...]] = {}
        self.conflicts: list[Conflict] = []

    def keep(self, field: str, value: Any, place: Place, *sources: str) -> None:
        """Keep a field that was found; the first finding stays."""
        if value not in (None, "") and field not in self.told:
            self.told[field], self.places[field] = value, place
            self.sources[field] = sources or ("text",)

    def disagree(self, field: str, *values: tuple[str, Any]) -> None:
        if not any(one.field == field for one in self.conflicts):
            self.conflicts.append(Conflict(field, values))

    def parties(self) -> None:
        found = parties.names(self.flow)
        for side in ("a", "b"):
            own = [one for one in found if one.side == side]
            if not own:
                continue
            self.keep(f"party_{side}", own[0].text, self.flow.place(own[0].start, own[0].end))
            other = next(
                (one for one in own if one.weight >= 5 and not parties.same_name(one.text, own[0].text)), None
            )
            if other is not None and own[0].weight >= 5:
                self.disagree(f"party_{side}", ("text", own[0].text), ("text 2", other.text))
        numbers = parties.codes(self.flow)
        for side in ("a", "b"):
            of_side = [one for one in numbers if one.side == side]
            if not of_side:
                continue
            self.keep(f"party_{side}_no", of_side[0].text, self.flow.place(of_side[0].start, of_side[0].end))
            differs = next((one for one in of_side if one.text != of_side[0].text), None)
            if differs is not None:
                self.disagree(f"party_{side}_no", ("text", of_side[0].text), ("text 2", differs.text))

    def number(self) -> None:
        best: tuple[int, int, int] | None = None
        for hit in islice(_NUMBER.finditer(self.flow.text), 40):
            if _OTHER_NUMBER.search(self.flow.text[max(0, hit.start() - 6) : hit.start()]):
                continue
            start, end = hit.span("number")
            stop = _NUMBER_END.search(self.flow.text[start:end])
            if stop:
                end = start + stop.start()
            text = self.flow.text[start:end].rstrip("_-.)·(")
            if not any(sign.isdigit() for sign in text) or text.startswith("为"):
                continue
            weight = 2 if "合同" in hit["label"] or "协议" in hit["label"] else 1
            if best is None or weight > best[0]:
                best = (weight, start, start + len(text))
        if best is not None:
            self.keep("number", self.flow.text[best[1] : best[2]], self.flow.place(best[1], best[2]))

    def day(self) -> None:
        """The day of signing: as the contract says it, or as it stands under the signatures (the later of two)."""
        text = self.flow.text
        days = days_in(text)[:400]
        said: list[tuple[int, int, date]] = []
        for label in islice(_DAY_LABEL.finditer(text), 40):
            if not _OTHER_DAY.search(text[max(0, label.start() - 12) : label.start()]):
                said += [one for one in days if label.end() <= one[0] <= label.end() + 2][:1]
        for one in days:
            before = text[max(0, one[0] - 12) : one[0]]
            if _SIGNED_ON.match(text[one[1] : one[1] + 40]) and not _OTHER_DAY.search(before):
                said.append(one)
        if said:
            first = said[0]
            self.keep("signed_on", first[2], self.flow.place(first[0], first[1]))
            differs = next((one for one in said if one[2] != first[2]), None)
            if differs:
                self.disagree("signed_on", ("text", first[2]), ("text 2", differs[2]))
            return
        seals = [hit.start() for hit in _SEALS.finditer(text)]
        dated = [
            one
            for one in days
            if any(seal < one[0] <= seal + 400 for seal in seals[-6:])
            and (
                _DATED.search(text[max(0, one[0] - 8) : one[0]])
                or text[one[0] - 1 : one[0]] in ("\n", "\t", "")
            )
        ]
        if not dated:
            # A form without signatures still has its day in the last lines.
            dated = [
                one
                for one in days
                if one[0] > len(text) - 160 and re.search(r"日[ \t]*期[ \t]*:[ \t]*$", text[: one[0]])
            ]
        if dated:
            last = max(dated, key=lambda one: one[2])
            self.keep("signed_on", last[2], self.flow.place(last[0], last[1]))
            earlier = next((one for one in dated if one[2] != last[2]), None)
            if earlier:
                self.disagree("signed_on", ("text", last[2]), ("text 2", earlier[2]))

    def sum(self, field: str, found: Sequence[sums.Sum]) -> None:
        """A sum that may be said several times and in two ways."""
        if not found:
            return
        best = found[0]
        told = [
            name
            for name, one in (("text", best.figures_fen), ("capitals", best.capitals_fen))
            if one is not None
        ]
        if best.figures_fen is not None and best.capitals_fen not in (None, best.figures_fen):
            self.keep(field, best.fen, self.flow.place(best.start, best.end), "text")
            self.disagree(field, ("text", best.figures_fen), ("capitals", best.capitals_fen))
            return
        self.keep(field, best.fen, self.flow.place(best.start, best.end), *told)
        other = next((one for one in found if one.weight == best.weight and one.fen != best.fen), None)
        if other is not None:
            self.disagree(field, ("text", best.fen), ("text 2", other.fen))

    def fees(self) -> tuple[ContractLine, ...]:
        """Totals and lines; a table of cloud fees outweighs sentences."""
        self.sum("total_fen", sums.totals(self.flow))
        self.sum("cloud_fee_fen", sums.cloud_fees(self.flow))
        tables = services.tables(self.rows)
        clouds = [table for table in tables if table.is_cloud]
        chosen = clouds or tables
        lines = [line for table in chosen for line in table.lines] or services.in_sentences(self.flow)
        lines = lines or services.listed(self.flow)
        for table in clouds[:1]:
            self.keep("cloud_fee_fen", table.total_fen, table.total_place)
        for table in [table for table in tables if not table.is_cloud][:1]:
            self.keep("total_fen", table.total_fen, table.total_place)
        merged: dict[str, services.Line] = {}
        for line in lines:
            merged.setdefault(line.service, line)
        fees = [line.fee_fen for line in merged.values()]
        stated = self.told.get("cloud_fee_fen")
        if stated is not None and fees and None not in fees and sum(fee or 0 for fee in fees) != stated:
            self.disagree("cloud_fee_fen", ("text", stated), ("sum", sum(fee or 0 for fee in fees)))
        return self._with_devices(list(merged.values()))

    def _with_devices(self, lines: Sequence[services.Line]) -> tuple[ContractLine, ...]:
        found = sums.devices(self.flow)
        if found is not None:
            self.keep("devices", found[0], self.flow.place(found[1], found[2]))
        value = sums.devices_value(self.flow)
        if value is not None:
            self.sum("devices_value_fen", [value])
        counting = [line for line in lines if line.service in services.DEVICE_SERVICES]
        written = []
        for line in lines:
            counted = line.devices
            if counted is None and found is not None and counting == [line]:
                counted = found[0]
            self.places.setdefault(f"lines.{line.service}", line.place)
            written.append(ContractLine(line.service, line.fee_fen, counted if line in counting else None))
        return tuple(written)


def find(rows: Sequence[Row], notes: Sequence[str] = ()) -> ContractFacts:
    """What a contract's rows of text say; nothing is decided by it."""
    finder = _Finder(rows)
    finder.number()
    finder.parties()
    finder.day()
    lines = finder.fees()
    return ContractFacts(
        sources=finder.sources,
        conflicts=tuple(finder.conflicts),
        places=finder.places,
        lines=lines,
        notes=tuple(notes),
        **finder.told,
    )
