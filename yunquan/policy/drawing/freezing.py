"""What may be frozen for a draw, and what may be drawn from it; every fault is said before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yunquan.kernel import draw
from yunquan.kernel.canonical import canonical_json
from yunquan.policy.drawing.reading import (
    Faults,
    Keyed,
    Source,
    are_fit,
    flag_wrong,
    hex_wrong,
    read_lines,
    read_object,
    text_wrong,
    texts_wrong,
    whole_wrong,
)

SHORTEST_SECRET = 16
"""Bytes; a shorter secret could be guessed from its commitment before it is revealed."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What stands still before the secrets are revealed: the canonical files and what they say."""

    files: Mapping[str, bytes]
    params: Mapping[str, Any]
    items: tuple[draw.Item, ...]
    commits: Mapping[str, str] | None

    @property
    def alg(self) -> str:
        """The name of HASH."""
        return str(self.params.get("alg", "sha256"))


def _alg_wrong(value: Any) -> str:
    return "" if value in draw.HASHES else "不是 sha256 或 sm3"


def _moment_wrong(value: Any) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return "不是时间"
    return "" if moment.tzinfo else "没有时区"


def _fallback_wrong(value: Any) -> str:
    if not isinstance(value, dict):
        return "不是“随机源: 备用源”的对象"
    return next((reason for one in (*value, *value.values()) if (reason := text_wrong(one))), "")


_PARAMS: Mapping[str, Callable[[Any], str]] = {
    "den": whole_wrong, "draw_id": text_wrong, "entropy": texts_wrong, "num": whole_wrong, "wmax": whole_wrong,
}  # fmt: skip
_EXTRAS: Mapping[str, Callable[[Any], str]] = {
    "alg": _alg_wrong, "commits": hex_wrong, "excluded": hex_wrong, "experts": hex_wrong,
    "fallback": _fallback_wrong, "plan": text_wrong, "reveal_by": _moment_wrong,
}  # fmt: skip
_PARAMS_FORM = (
    "den、draw_id、entropy、num、wmax，可选 alg、commits、excluded、experts、fallback、plan、reveal_by"
)
_ITEM: Mapping[str, Callable[[Any], str]] = {
    "mandatory": flag_wrong, "ref": text_wrong, "stratum": text_wrong, "weight": whole_wrong,
}  # fmt: skip
_ITEM_FORM = '{"mandatory":true 或 false,"ref":编号,"stratum":分层,"weight":1 至 wmax}'
_EXCLUDED: Mapping[str, Callable[[Any], str]] = {"reason": text_wrong, "ref": text_wrong}
_EXCLUDED_FORM = '{"reason":排除理由,"ref":编号}'
_EXPERT: Mapping[str, Callable[[Any], str]] = {
    "conflicts": texts_wrong, "expert": text_wrong, "room": whole_wrong, "specialities": texts_wrong,
}  # fmt: skip
_EXPERT_FORM = '{"conflicts":[应回避的编号],"expert":专家代号,"room":还能承担的次数,"specialities":[专业]}'


def freeze(
    *,
    population: Source,
    params: Source,
    excluded: Source | None = None,
    experts: Source | None = None,
    commits: Source | None = None,
) -> Frozen:
    """Judge and canonicalise what a draw starts from, its hashes put into the parameters (D858-2.2).

    Raises DrawRefused with everything that is wrong.
    """
    return _frozen(population, params, excluded, experts, commits, is_frozen=False)


def frozen_before(
    *,
    population: Source,
    params: Source,
    excluded: Source | None = None,
    experts: Source | None = None,
    commits: Source | None = None,
) -> Frozen:
    """The same for parameters that were published already: nothing is added to them any more."""
    return _frozen(population, params, excluded, experts, commits, is_frozen=True)


def _frozen(
    population: Source,
    params: Source,
    excluded: Source | None,
    experts: Source | None,
    commits: Source | None,
    *,
    is_frozen: bool,
) -> Frozen:
    faults = Faults()
    keyed = _params(params, faults)
    wmax = keyed.things["wmax"] if keyed else draw.HEAVIEST
    items = _items(population, wmax, faults)
    refs = {item.ref for item in items}
    files: dict[str, bytes] = {}
    left_out = _excluded(excluded, refs, faults)
    files["excluded.jsonl"] = _sorted_lines(left_out)
    files["experts.jsonl"] = _sorted_lines(_experts(experts, refs | left_out.keys(), faults))
    committed = _commits(commits, faults) if commits else None
    faults.refuse()
    assert keyed is not None
    settled = dict(keyed.things)
    hashed = draw.HASHES[settled.get("alg", "sha256")]
    if committed is not None:
        files["commits.json"] = canonical_json(committed)
        length = len(hashed(b""))
        for custodian, one in committed.items():
            if len(one) != 2 * length:
                name = commits.name if commits else ""
                faults.add(name, 1, custodian, "长度不对", f"{2 * length} 个十六进制字符")
    for name, content in files.items():
        key = name.partition(".")[0]
        right = hashed(content).hex()
        if key in settled and settled[key] != right:
            keyed.fault(faults, key, f"与 {name} 的散列不符", right)
        elif key not in settled and content and not is_frozen:
            settled[key] = right
        elif key not in settled and content and key != "commits":
            keyed.fault(faults, key, f"没有登记 {name} 的散列，冻结之后可以被人改动", f'"{key}":"{right}"')
    faults.refuse()
    files |= {"population.jsonl": draw.population_bytes(items), "params.json": canonical_json(settled)}
    return Frozen(files, settled, tuple(items), committed)


def _params(source: Source, faults: Faults) -> Keyed | None:
    keyed = read_object(source, faults)
    if keyed is None or not are_fit(keyed, _PARAMS, _EXTRAS, _PARAMS_FORM, faults):
        return None
    before, it = len(faults.found), keyed.things
    if it["den"] < 1:
        keyed.fault(faults, "den", "抽取比例的分母是 0", "1 以上的整数")
    elif it["num"] < 1:
        keyed.fault(faults, "num", "抽取比例是 0", "大于 0、不超过 1 的比例，如 1/5")
    elif it["num"] > it["den"]:
        keyed.fault(
            faults, "num", f"抽取比例 {it['num']}/{it['den']} 大于 1", "大于 0、不超过 1 的比例，如 1/5"
        )
    if not 1 <= it["wmax"] <= draw.HEAVIEST:
        keyed.fault(faults, "wmax", f"最高权重 {it['wmax']} 超出范围", f"1 至 {draw.HEAVIEST}")
    if not it["entropy"]:
        keyed.fault(faults, "entropy", "没有公开随机源", "至少一个随机源，如 drand-quicknet:1000")
    spare = it.get("fallback", {})
    for source_name, other in spare.items():
        if source_name not in it["entropy"]:
            keyed.fault(faults, "fallback", f"“{source_name}”不在 entropy 中", "entropy 中的随机源")
        if other in it["entropy"] or list(spare.values()).count(other) > 1:
            keyed.fault(faults, "fallback", f"备用源“{other}”已另有用处", "只备用于一个随机源的名称")
    return keyed if len(faults.found) == before else None


def _items(source: Source, wmax: int, faults: Faults) -> list[draw.Item]:
    items: list[draw.Item] = []
    first: dict[str, int] = {}
    strata: dict[str, list[tuple[int, bool]]] = {}
    is_whole = len(faults.found)
    for row in read_lines(source, _ITEM, _ITEM_FORM, faults):
        one = draw.Item(
            row.things["ref"], row.things["stratum"], row.things["weight"], row.things["mandatory"]
        )
        if not 1 <= one.weight <= wmax:
            row.fault(faults, "weight", f"权重 {one.weight} 超出范围", f"1 至 {wmax} 的整数")
        if one.ref in first:
            row.fault(faults, "ref", f"编号“{one.ref}”与第 {first[one.ref]} 行重复", "每个编号只出现一次")
        first.setdefault(one.ref, row.at)
        strata.setdefault(one.stratum, []).append((row.at, one.mandatory))
        items.append(one)
    if not items and len(faults.found) == is_whole:
        faults.add(source.name, 1, "ref", "名单是空的", "至少两个可抽取的对象")
    for stratum, members in strata.items():
        # Alone in its stratum an item would be drawn for certain, which would only look like chance.
        if len(members) == 1 and not members[0][1]:
            faults.add(
                source.name, members[0][0], "stratum", f"分层“{stratum}”只有一个对象，抽取没有随机性",
                "并入其他分层，或者说明理由列为必查（mandatory）",
            )  # fmt: skip
    return items


def _sorted_lines(rows: dict[str, Mapping[str, Any]]) -> bytes:
    return b"".join(canonical_json(rows[name]) + b"\n" for name in sorted(rows, key=str.encode))


def _excluded(source: Source | None, refs: set[str], faults: Faults) -> dict[str, Mapping[str, Any]]:
    rows: dict[str, Mapping[str, Any]] = {}
    for row in read_lines(source, _EXCLUDED, _EXCLUDED_FORM, faults) if source else ():
        ref = row.things["ref"]
        if ref in rows:
            row.fault(faults, "ref", f"编号“{ref}”重复", "每个编号只出现一次")
        if ref in refs:
            row.fault(faults, "ref", f"编号“{ref}”同时在抽取名单中", "或者抽取，或者排除")
        rows[ref] = row.things
    return rows


def _experts(source: Source | None, known: set[str], faults: Faults) -> dict[str, Mapping[str, Any]]:
    rows: dict[str, Mapping[str, Any]] = {}
    for row in read_lines(source, _EXPERT, _EXPERT_FORM, faults) if source else ():
        name = row.things["expert"]
        if name in rows:
            row.fault(faults, "expert", f"专家“{name}”重复", "每名专家一行")
        # A conflict with something that isn't there is a mistyped one, and would be lost.
        for ref in row.things["conflicts"]:
            if ref not in known:
                row.fault(faults, "conflicts", f"“{ref}”不在名单中", "population 或 excluded 中的编号")
        lists = {key: sorted(row.things[key], key=str.encode) for key in ("conflicts", "specialities")}
        rows[name] = {**row.things, **lists}
    return rows


def _commits(source: Source, faults: Faults) -> dict[str, str] | None:
    keyed = read_object(source, faults)
    if keyed is None:
        return None
    for custodian, value in keyed.things.items():
        if reason := text_wrong(custodian) or hex_wrong(value):
            keyed.fault(faults, custodian, reason, '{"保管人":"承诺（十六进制）"}')
    if not keyed.things:
        faults.add(source.name, 1, "JSON", "没有承诺", '{"保管人":"承诺（十六进制）"}')
    return dict(keyed.things)


# —— after the freeze: secrets and public values ——


def judge_reveals(
    source: Source, frozen: Frozen, revealed_at: Source | None, faults: Faults
) -> dict[str, bytes]:
    """The secrets by custodian: each as committed, none late (D1)."""
    keyed, form = read_object(source, faults), '{"保管人":"秘密（十六进制）"}'
    if keyed is None:
        return {}
    secrets: dict[str, bytes] = {}
    for custodian, value in keyed.things.items():
        if reason := text_wrong(custodian) or hex_wrong(value):
            keyed.fault(faults, custodian, reason, form)
        elif len(value) < 2 * SHORTEST_SECRET:
            keyed.fault(faults, custodian, "秘密太短，揭示之前可能被猜出", f"至少 {SHORTEST_SECRET} 字节")
        else:
            secrets[custodian] = bytes.fromhex(value)
    if not keyed.things:
        faults.add(source.name, 1, "JSON", "没有一个秘密按时揭示，这次抽取应当作废", form)
    for custodian, secret in secrets.items():
        if frozen.commits is None:
            continue
        made = draw.commitment(
            alg=frozen.alg, draw_id=frozen.params["draw_id"], custodian=custodian, secret=secret
        )
        if custodian not in frozen.commits:
            keyed.fault(faults, custodian, "冻结前没有作出承诺", f"{'、'.join(frozen.commits)} 之一")
        elif made.hex() != frozen.commits[custodian]:
            keyed.fault(faults, custodian, "揭示的秘密与承诺不符", "作出承诺时的秘密；不符的不能采用")
    _judge_times(keyed, frozen, revealed_at, faults)
    silent = sorted(set(frozen.commits or ()) - set(keyed.things))
    if silent and "commits" not in frozen.params:
        faults.add(
            "params.json", 1, "commits", f"{'、'.join(silent)} 没有揭示，而参数没有登记承诺的散列",
            f'"commits":"{draw.HASHES[frozen.alg](frozen.files["commits.json"]).hex()}"',
        )  # fmt: skip
    return secrets


def _judge_times(reveals: Keyed, frozen: Frozen, revealed_at: Source | None, faults: Faults) -> None:
    last = frozen.params.get("reveal_by")
    if last is None and revealed_at is None:
        return
    if last is None or revealed_at is None:
        missing = "reveal_by" if last is None else "--revealed-at"
        reveals.fault(faults, "reveal_by", f"没有给出 {missing}，无法判断是否按时揭示", "两者都给，或都不给")
        return
    times = read_object(revealed_at, faults)
    if times is None:
        return
    form = f"各保管人揭示的时间，不晚于 {last}"
    for custodian in reveals.things:
        value = times.things.get(custodian)
        if reason := _moment_wrong(value):
            times.fault(faults, custodian, reason, form)
        elif datetime.fromisoformat(str(value)) > datetime.fromisoformat(last):
            times.fault(faults, custodian, f"{value} 揭示，迟于期限；迟到的秘密不采用", form)


def judge_entropy(source: Source, frozen: Frozen, faults: Faults) -> dict[str, str]:
    """The public values by source: exactly those named at the freeze, or their fallbacks."""
    keyed = read_object(source, faults)
    if keyed is None:
        return {}
    spare: Mapping[str, str] = frozen.params.get("fallback", {})
    named = frozen.params["entropy"]
    form = "、".join(f"{one}（备用 {spare[one]}）" if one in spare else one for one in named)
    for name, value in keyed.things.items():
        if name not in named and name not in spare.values():
            keyed.fault(faults, name, "冻结时没有指定这个随机源", form)
        elif reason := text_wrong(value):
            keyed.fault(faults, name, reason, "公布的值，原样填写")
    for one in named:
        given = len({one, spare.get(one, one)} & keyed.things.keys())
        if given == 0:
            faults.add(source.name, 1, one, "没有这个随机源的值", form)
        elif given == 2:
            keyed.fault(faults, one, "同时给出了备用源", "二者之一")
    return dict(keyed.things)
