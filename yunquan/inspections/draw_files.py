"""The files of a plan's draw as they are frozen, kept and handed out (draw-and-log.md, section 1; D1)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from yunquan.inspections.models import DrawFile, Plan
from yunquan.kernel import draw
from yunquan.kernel.canonical import canonical_json
from yunquan.policy.drawing import bundle
from yunquan.policy.drawing.freezing import Frozen, freeze, frozen_before
from yunquan.policy.drawing.reading import DrawRefused, Source
from yunquan.policy.packfile import Fault

FROZEN = ("population.jsonl", "excluded.jsonl", "experts.jsonl", "commits.json", "params.json")
SALTS = "salts.jsonl"


def params_of(plan: Plan, reveal_by: datetime) -> dict[str, Any]:
    """The parameters of a plan's draw, before the hashes of its lists are put in."""
    return {
        "alg": plan.alg,
        "den": plan.share_den,
        "draw_id": plan.number,
        "entropy": list(plan.sources),
        "num": plan.share_num,
        "plan": f"{plan.regime}@{plan.regime_version[:12]} {plan.number}",
        "reveal_by": reveal_by.astimezone(UTC).isoformat(timespec="seconds"),
        "wmax": draw.HEAVIEST,
        **({"fallback": dict(plan.fallback)} if plan.fallback else {}),
    }


def frozen_files(
    *,
    items: Sequence[draw.Item],
    excluded: Iterable[tuple[str, str]],
    experts: Iterable[Mapping[str, Any]],
    commits: Mapping[str, str],
    params: Mapping[str, Any],
) -> Frozen:
    """What is frozen, judged and to the byte; raises DrawRefused with everything that is wrong."""
    return freeze(
        population=Source("population.jsonl", draw.population_bytes(items)),
        params=Source("params.json", canonical_json(params)),
        excluded=Source("excluded.jsonl", _lines({"reason": why, "ref": ref} for ref, why in excluded)),
        experts=Source("experts.jsonl", _lines(experts)),
        commits=Source("commits.json", canonical_json(dict(commits))),
    )


def keep(plan: Plan, files: Mapping[str, bytes], *, now: datetime) -> None:
    """Store files of a draw; a name is written once and never changed."""
    DrawFile.objects.bulk_create(
        DrawFile(plan=plan, name=name, content=content, sha256=sha256(content).hexdigest(), written_at=now)
        for name, content in files.items()
    )


def files_of(plan: Plan) -> dict[str, bytes]:
    """The stored files of a plan's draw by name, as they were written."""
    return {row.name: bytes(row.content) for row in DrawFile.objects.filter(plan=plan)}


def bundle_of(plan: Plan) -> dict[str, bytes]:
    """The bundle of a drawn plan: the nine files that anyone can check."""
    files = files_of(plan)
    return {name: files[name] for name in bundle.NAMES if name in files}


def frozen_again(files: Mapping[str, bytes]) -> Frozen:
    """What was frozen, read back from the stored files; raises DrawRefused where a byte was changed."""
    again = frozen_before(
        population=Source("population.jsonl", files["population.jsonl"]),
        params=Source("params.json", files["params.json"]),
        excluded=Source("excluded.jsonl", files["excluded.jsonl"]),
        experts=Source("experts.jsonl", files["experts.jsonl"]),
        commits=Source("commits.json", files["commits.json"]),
    )
    for name in FROZEN:
        if again.files[name] != files[name]:
            raise DrawRefused([Fault(name, 1, name, "与冻结时写下的不同", "冻结时的内容")])
    return again


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Files as a ZIP, the same bytes whenever it is asked for."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, files[name])
    return out.getvalue()


def rows_in(content: bytes) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in content.splitlines()]


def _lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(canonical_json(row) + b"\n" for row in rows)


def salts_bytes(rows: Iterable[tuple[str, str, str]]) -> bytes:
    """salts.jsonl: for each reference its voucher's number and its salt, published when the round closes."""
    return _lines({"number": number, "ref": ref, "salt": salt} for ref, number, salt in sorted(rows))
