"""Signals on who the clients are: shared, not the enterprise's own, elsewhere, fewer than claimed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from yunquan.usage.networks import HARMLESS, KINDS
from yunquan.usage.records import Point, shown
from yunquan.usage.signals.facts import Facts
from yunquan.usage.signals.signal import EVIDENCE_ROWS, Found, Key, Row, Signal, key_of, limit, percent, told


def client_of(row: Row) -> str:
    """The client of a row in words."""
    return shown(row["c_hi"], row["c_lo"], row["c_name"] or None)


def shared_client(facts: Facts) -> Found:
    """A client that shows in the vouchers of several enterprises (D108-1)."""
    rule = facts.thresholds("shared_client")
    if rule is None:
        return iter(())

    def tell(rows: Any) -> str:
        first = rows[0]
        return (
            f"{len(rows)} 个用户端同时出现在其他企业的服务券中（最多 {max(row['enterprises'] for row in rows)} 家），"
            f"占本项使用的 {percent(first['shared'], first['total'])}，门槛 {limit(rule.share)}"
            + ("" if facts.claimed[key_of(first)].enterprise else "；登记表没有企业名称，每张券按一家企业算")
        )

    return told(
        "shared_client",
        "用户端与其他企业共用",
        facts.ask("shared_client", enterprises=rule.enterprises, share=rule.share),
        tell,
        lambda row: {
            "client": client_of(row),
            "days": row["days"],
            "sessions": row["sessions"],
            "enterprises": row["enterprises"],
            "vouchers": _several(row["vouchers"]),
        },
    )


def _several(vouchers: str) -> str:
    """At most ten vouchers in words."""
    listed = vouchers.split("、")
    return "、".join(listed[:10]) + (f" 等 {len(listed)} 张" if len(listed) > 10 else "")


def client_origin(facts: Facts) -> Found:
    """A client in a cloud, a data centre, a private or reserved range, or that is a supplier's server."""
    rule = facts.thresholds("client_origin")
    if rule is None:
        return
    for key, rows in _clients(facts):
        foreign = [(row, *why) for row in rows if (why := _foreign(facts, row)) is not None]
        total, part = sum(row["sessions"] for row in rows), sum(row["sessions"] for row, *_ in foreign)
        if foreign and part >= rule.share * total:
            kinds = "、".join(sorted({kind for _row, kind, _whose in foreign}))
            yield (
                key,
                Signal(
                    "client_origin",
                    "用户端不是企业自己的",
                    f"{len(foreign)} 个用户端属于{kinds}，占本项使用的 {percent(part, total)}，门槛 {limit(rule.share)}",
                    tuple(
                        {
                            "client": client_of(row),
                            "days": row["days"],
                            "sessions": row["sessions"],
                            "kind": kind,
                            "owner": whose,
                        }
                        for row, kind, whose in foreign[:EVIDENCE_ROWS]
                    ),
                ),
            )


def _foreign(facts: Facts, row: Row) -> tuple[str, str] | None:
    """Why a client can't be the enterprise's own: the kind of its network and whose it is."""
    point = Point(row["c_hi"], row["c_lo"], row["c_name"] or None)
    if point in facts.clouds:
        return "供应商的应用端", f"券 {facts.clouds[point]} 登记的公有云应用端"
    if row["c_name"]:
        return None
    network = facts.networks.owner_of(row["c_hi"], row["c_lo"])
    if network is None or network.kind in HARMLESS:
        return None
    return KINDS[network.kind], f"{network.owner}（{network.written}，{network.as_of}）"


def wrong_region(facts: Facts) -> Found:
    """Clients whose network lies in another city than the enterprise; only by the province's own table."""
    rule = facts.thresholds("wrong_region")
    if rule is None or not facts.networks.regions:
        return
    for key, rows in _clients(facts):
        home = facts.claimed[key].region
        if not home:
            continue
        known = [
            (row, region)
            for row in rows
            if not row["c_name"]
            and (region := facts.networks.region_of(row["c_hi"], row["c_lo"])) is not None
        ]
        away = [(row, region) for row, region in known if not same_city(region, home)]
        total, part = sum(row["sessions"] for row, _ in known), sum(row["sessions"] for row, _ in away)
        if away and part >= rule.share * total:
            regions = "、".join(sorted({region for _row, region in away}))
            yield (
                key,
                Signal(
                    "wrong_region",
                    "使用地点与企业所在地不符",
                    f"企业在 {home}，归属地已知的使用有 {percent(part, total)} 来自 {regions}，门槛 {limit(rule.share)}",
                    tuple(
                        {
                            "client": client_of(row),
                            "days": row["days"],
                            "sessions": row["sessions"],
                            "region": region,
                            "expected": home,
                        }
                        for row, region in away[:EVIDENCE_ROWS]
                    ),
                ),
            )


def same_city(one: str, other: str) -> bool:
    """Say whether two division codes lie in one city; a code of a province holds all of its cities.

    >>> same_city("441900", "441901"), same_city("440000", "441900"), same_city("440100", "441900")
    (True, True, False)
    """
    if not (one.isdigit() and other.isdigit()):
        return one == other
    parts = [code[:4].removesuffix("00") if len(code) >= 4 else code for code in (one, other)]
    return parts[0].startswith(parts[1]) or parts[1].startswith(parts[0])


def missing_devices(facts: Facts) -> Found:
    """Fewer devices seen than are claimed (D47-A1.3)."""
    rule = facts.thresholds("missing_devices")
    if rule is None:
        return iter(())
    return told(
        "missing_devices",
        "出现的设备少于申报",
        facts.ask("missing_devices", seen=rule.seen),
        lambda rows: (
            f"申报 {rows[0]['devices']} 台（个），记录中只出现 {rows[0]['seen']} 台（个），"
            f"为 {percent(rows[0]['seen'], rows[0]['devices'])}，门槛 {limit(rule.seen)}"
        ),
        lambda row: {"claimed": row["devices"], "seen": row["seen"]},
    )


def _clients(facts: Facts) -> Iterator[tuple[Key, list[Row]]]:
    for key, group in groupby(facts.ask("clients"), key=key_of):
        yield key, list(group)
