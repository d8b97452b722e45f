"""`yunquan evidence read contract|proof FILE… --out FACTS.jsonl`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tests.evidence.contracts.making import Contract, annex, word
from tests.evidence.likeness.making import page, scan_pdf
from tests.evidence.proofs.making import Payment, as_csv, receipt, statement
from yunquan.config.cli import main


def run(what: str, out: Path, *files: Path) -> tuple[Result, list[dict[str, Any]]]:
    done = CliRunner().invoke(main, ["evidence", "read", what, *map(str, files), "--out", str(out)])
    return done, [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def written(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_contracts_become_one_object_each(tmp_path: Path) -> None:
    good = written(tmp_path, "a.docx", word(annex(Contract())))
    scan = written(tmp_path, "b.pdf", scan_pdf([page("合同")]))
    strange = written(tmp_path, "c.doc", b"\xd0\xcf\x11\xe0" + bytes(600))
    done, told = run("contract", tmp_path / "facts.jsonl", good, scan, strange, tmp_path / "missing.pdf")
    assert done.exit_code == 0
    assert [one["file"] for one in told] == [
        str(good),
        str(scan),
        str(strange),
        str(tmp_path / "missing.pdf"),
    ]
    assert told[0]["number"] == Contract().number and told[0]["error"] is None
    assert [one["error"] for one in told[1:]] == ["扫描件，请手工填写", told[2]["error"], "文件不存在"]
    assert "旧版 Word" in told[2]["error"] and {*told[0]} == {*told[3]}


def test_a_statement_becomes_one_object_a_row(tmp_path: Path) -> None:
    single = written(tmp_path, "a.pdf", receipt())
    many = written(tmp_path, "b.csv", as_csv(statement([Payment(), Payment().but(serial="X-2")])))
    done, told = run("proof", tmp_path / "facts.jsonl", single, many)
    assert done.exit_code == 0
    assert [one["file"] for one in told] == [str(single), f"{many}#4", f"{many}#5"]
    assert [one["serial"] for one in told] == [Payment().serial, Payment().serial, "X-2"]


def test_when_nothing_could_be_read_the_exit_code_says_so(tmp_path: Path) -> None:
    done, told = run("proof", tmp_path / "facts.jsonl", written(tmp_path, "a.txt", b"\x00\x01"))
    assert done.exit_code == 1 and told[0]["error"]
