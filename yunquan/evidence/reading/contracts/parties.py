"""The parties of a contract and their numbers; a third party is none of the two."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from yunquan.evidence.reading.flow import Flow
from yunquan.policy.contracts import normalise_name

Side = Literal["a", "b", ""]
_A = r"甲[ \t]*方|委[ \t]*托[ \t]*[方人]|需[ \t]*方|买[ \t]*方|采购方|购买方|定作方|发包方|用户方?|客户方?|使用单位|服务接受方"
_B = r"乙[ \t]*方|受[ \t]*托[ \t]*[方人]|供[ \t]*方|卖[ \t]*方|销售方|服务方|服务商|供应商|承揽方|承包方|服务提供[方商]"
_C = r"[丙丁戊][ \t]*方|担保方|监理方|见证方|第三方|保证人"
# What the party is called besides, before 甲 or 乙 in brackets, may be anything: 采购人（甲方）.
_PARTY = rf"(?P<side>{_A}|{_B}|{_C}|[\u4e00-\u9fff]{{2,6}}(?=\([甲乙丙丁]方\)))"
_BRACKET = r"(?:\([^()\n]{0,20}\))?"
_NAMED = r"(?:单位)?(?:名[ \t]*称|全[ \t]*称)?"
_HEAD = re.compile(
    rf"(?:^|(?<=[\n\t 。;,(、]))\(?{_PARTY}[ \t]*(?P<bracket>{_BRACKET})[ \t]*{_NAMED}[ \t]*{_BRACKET}[ \t]*"
    rf"(?::[ \t]*\n?[ \t]*|\t)(?P<name>(?:(?![甲乙丙丁][ \t]*方|[ ](?:{_A}|{_B}|{_C}))[^\n\t:]){{2,90}})"
)
_INLINE = re.compile(
    r"\((?:以下|下称|以下均)?[ ]?(?:简称|称)?(?:为)?[:]?[“\"'‘「]?"
    rf"{_PARTY}[”\"'’」]?\)"
)
_BEFORE_INLINE = re.compile(r"[^\n\t,。;:、\"“”]{4,70}$")
_ANY = re.compile(rf"(?P<side>{_A}|{_B}|{_C})")
_NAME_LABEL = re.compile(
    r"(?:^|(?<=[\n\t]))(?:单位|企业|公司)?(?:名[ \t]*称|全[ \t]*称)[ \t]*:[ \t]*(?P<name>[^\n\t:]{2,90})"
)
_NAME_ROW = re.compile(
    r"(?:^|(?<=\n))(?:单位|企业|公司)?(?:名[ \t]*称|全[ \t]*称)\t(?P<name>[^\n\t]{2,90})\t(?P<other>[^\n\t]{2,90})(?=\n)"
)
_NUMBER = r"[0-9A-Za-z](?:[ ]?[0-9A-Za-z]){14,19}"
_CODE = re.compile(
    r"(?:统一社会信用代码|社会信用代码|信用代码|纳税人识别号|税[ \t]*号|营业执照(?:注册)?号|注册号)"
    rf"(?:/[^:\n\t]{{2,12}})?[ \t]*{_BRACKET}[ \t]*:?[ \t]*\n?[ \t]*(?P<no>{_NUMBER})(?![0-9A-Za-z])"
)
_NEXT_CODE = re.compile(rf"\t(?P<no>{_NUMBER})(?=[\n\t]|$)")
_MOST = 40
# Where a name ends although the line goes on.
_AFTER_NAME = re.compile(
    r"[ ]?[,;。(]?[ ]?(?:以下|下称|简称|统一社会|社会信用|信用代码|纳税人|税号|法定代表|法人|代表人|负责人|授权|委托代理|"
    r"地[ ]?址|住所|注册|联系|"
    r"电[ ]?话|传真|邮编|开户|账[ ]?号|帐[ ]?号|日[ ]?期|盖章|签[字章]|公章|乙[ ]?方|甲[ ]?方|丙[ ]?方|营业执照)"
)
_ORGANISATION = re.compile(
    r"(?:公司|厂|集团|企业|中心|商行|商店|经营部|门市部|研究院|研究所|设计院|学院|大学|学校|合作社|事务所|工作室|协会|银行|"
    r"分局|管理局|委员会|部|社|合伙\)|有限合伙)(?:\([^()]{1,12}\))?$"
)
_LEADING = re.compile(r"^(?:[_\s]|本(?:合同|协议)(?:由|系由)?|由|与|和|及|同|经|签约双方|鉴于|为[:]?)+")
_SEALED = re.compile(r"[盖签]|公章")
_SENTENCE = re.compile(r"(?:应当|负责|有权|同意|承诺|保证|支付|提供|不得|须|必须|承担|指定|确认|要求|按照)")


@dataclass(frozen=True, slots=True)
class Named:
    """A party's name or number as it was found."""

    side: Side
    text: str
    start: int
    end: int
    weight: int = 0


def _side(word: str) -> Side:
    return "a" if re.fullmatch(_A, word) else "b" if re.fullmatch(_B, word) else ""


def _side_of(found: re.Match[str]) -> Side:
    """甲, 乙 and 丙 in the brackets behind a word say more than the word: 供方（甲方）."""
    bracket = found.groupdict().get("bracket") or ""
    inner = re.search(r"([甲乙丙丁])方", bracket)
    if inner and not re.match("[甲乙丙丁]", found["side"]):
        return {"甲": "a", "乙": "b"}.get(inner[1], "")  # type: ignore[return-value]
    return _side(found["side"])


def _cut(flow: Flow, start: int, end: int) -> tuple[int, int, str]:
    """A name without what stands around it."""
    text = flow.text[start:end]
    leading = _LEADING.match(text)
    if leading:
        start += leading.end()
        text = flow.text[start:end]
    stop = _AFTER_NAME.search(text)
    if stop:
        end = start + stop.start()
        text = flow.text[start:end]
    trimmed = text.rstrip(' _,.;。、/\\-*"”“')
    # A bracket that was opened before the cut stays shut.
    if stop and trimmed.count("(") > trimmed.count(")"):
        trimmed = trimmed[: trimmed.rindex("(")].rstrip()
    end = start + len(trimmed)
    return start, end, trimmed


def _weight(name: str, extra: int) -> int:
    if len(name) < 2 or not re.search(r"[\u4e00-\u9fffA-Za-z]", name) or _ANY.fullmatch(name):
        return 0
    organisation = _ORGANISATION.search(name) is not None
    if _SENTENCE.search(name) and not organisation:
        return 0
    if re.search(r"[。;,!?]", name) or len(name) > 60:
        return 0
    return (4 if organisation else 1) + extra


def names(flow: Flow) -> list[Named]:
    """Everything that is called a party's name, the likeliest first."""
    found: list[Named] = []

    def keep(side: Side, start: int, end: int, extra: int) -> None:
        start, end, name = _cut(flow, start, end)
        text = flow.said(start, end)
        # A narrow column breaks a name; its end stands below.
        part: tuple[int, int] | None = (start, end)
        for _line in range(3):
            part = flow.under(*part) if part and name and not _ORGANISATION.search(name) else None
            if part is None or not re.fullmatch(r"[^:\t\n]{1,20}", flow.text[slice(*part)]):
                break
            name, text = name + flow.text[slice(*part)], text + flow.said(*part)
        weight = _weight(name, extra)
        if side and weight:
            found.append(Named(side, text, start, end, weight))

    for hit in islice(_HEAD.finditer(flow.text), _MOST):
        sealed = _SEALED.search(flow.text[hit.start() : hit.start("name")])
        keep(_side_of(hit), *hit.span("name"), 1 if sealed else 3)
    after = 0
    for hit in islice(_INLINE.finditer(flow.text), _MOST):
        begins, after = max(after, hit.start() - 72), hit.end()
        name = _BEFORE_INLINE.search(flow.text[begins : hit.start()].rstrip())
        if name:
            keep(_side_of(hit), begins + name.start(), begins + name.end(), 3)
    heads = _heads(flow)
    labelled = [(hit, _line(flow, hit.start())) for hit in islice(_NAME_LABEL.finditer(flow.text), _MOST)]
    lines = [line for _hit, line in labelled]
    for place, (hit, line) in enumerate(labelled):
        if lines.count(line) == 2:
            keep("a" if lines.index(line) == place else "b", *hit.span("name"), 2)
        else:
            keep(_nearest(heads, hit.start()), *hit.span("name"), 2)
    for hit in islice(_NAME_ROW.finditer(flow.text), _MOST):
        keep("a", *hit.span("name"), 2)
        keep("b", *hit.span("other"), 2)
    return sorted(found, key=lambda one: -one.weight)


def _heads(flow: Flow) -> list[tuple[int, Side]]:
    """Where the parties are spoken of at the beginning of a line or a column."""
    return [
        (hit.start(), _side(hit["side"]))
        for hit in _ANY.finditer(flow.text)
        if hit.start() == 0 or flow.text[hit.start() - 1] in '\n\t (“"'
    ]


def _line(flow: Flow, position: int) -> int:
    return flow.text.count("\n", 0, position)


def _nearest(heads: list[tuple[int, Side]], position: int) -> Side:
    before = [side for start, side in heads if start <= position and position - start < 400]
    return before[-1] if before else ""


def codes(flow: Flow) -> list[Named]:
    """The parties' numbers: by their column, or by the party spoken of last."""
    heads = _heads(flow)
    hits: list[tuple[int, int]] = []
    for hit in islice(_CODE.finditer(flow.text), _MOST):
        hits.append(hit.span("no"))
        beside = _NEXT_CODE.match(flow.text, hit.end())
        if beside:
            hits.append(beside.span("no"))
    lines = [_line(flow, start) for start, _end in hits]
    found: list[Named] = []
    for place, (start, end) in enumerate(hits):
        first = lines.index(lines[place]) == place
        two = lines.count(lines[place]) == 2
        begins = flow.text.rfind("\n", 0, start) + 1
        spoken = [side for at, side in heads if begins <= at <= start]
        if two and not spoken:
            side: Side = "a" if first else "b"
        else:
            side = _nearest(heads, start)
        if side:
            text = re.sub(r"\s", "", flow.text[start:end]).upper()
            found.append(Named(side, text, start, end))
    return found


def same_name(one: str, other: str) -> bool:
    """The same organisation by its name."""
    return normalise_name(one) == normalise_name(other)
