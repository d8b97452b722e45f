"""What single values can't show: keys that are missing, editions whose services are incomplete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunquan.policy.keys import KEYS
from yunquan.policy.packfile import Fault

if TYPE_CHECKING:
    from yunquan.policy.rulebook import Rulebook


def gaps(rulebook: Rulebook, file: str) -> list[Fault]:
    """List what is missing for the programme to run by this rulebook."""
    present = rulebook.keys()
    faults = [
        Fault(file, 1, spec.key, f"缺少规则“{spec.title}”", spec.expects)
        for spec in KEYS
        if spec.required and spec.key not in present
    ]
    for dated in rulebook.describe("catalogue.edition").entries:
        names: dict[str, int] = {}
        for number in dated.value.services:
            for key in (f"catalogue.service.{number}", f"award.cap.{number}"):
                if rulebook.find(key, dated.from_on) is None:
                    faults.append(
                        Fault(
                            file,
                            1,
                            key,
                            f"目录“{dated.value.title}”列有第 {number} 项，但 {dated.from_on} 时没有这个值",
                            f"{key} 在 {dated.from_on} 或更早开始的值",
                        )
                    )
            text = rulebook.find(f"catalogue.service.{number}", dated.from_on)
            if text is not None and names.setdefault(text.value.name, number) != number:
                faults.append(
                    Fault(
                        file,
                        1,
                        f"catalogue.service.{number}",
                        f"名称“{text.value.name}”与另一项重复",
                        "不同的名称",
                    )
                )
    faults += _ungraded(rulebook, file)
    return faults


def _ungraded(rulebook: Rulebook, file: str) -> list[Fault]:
    present = rulebook.keys()
    graded = [
        key
        for key in present
        if key.startswith(("award.cap.", "award.cumulative"))
        and any(dated.value.by_size is not None for dated in rulebook.describe(key).entries)
    ]
    if graded and "award.size_when_not_stated" not in present:
        return [
            Fault(
                file,
                1,
                "award.size_when_not_stated",
                f"{graded[0]} 按企业规模分档，但没有说明规模不明时怎么办",
                "large、medium、small 或 micro",
            )
        ]
    return []
