"""Pure refusals of the evidence: what a preview or a claim may ask of files before anything is written."""

from __future__ import annotations

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts


def same_content_declared(facts: Facts) -> Refusal | None:
    """The same file content in two vouchers must be declared (U3)."""
    others = facts.get("same_content_in", ())
    if not others or facts.get("declared"):
        return None
    return Refusal(
        "same_file_elsewhere",
        f"这个文件与 {'、'.join(map(str, others))} 的文件内容完全相同。",
        "D47-5.14",
        "请更换文件，或写明为什么使用同一份文件。",
        "same_file_note",
    )
