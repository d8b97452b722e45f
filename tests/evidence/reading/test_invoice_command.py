"""`yunquan invoice read FILE… --out FACTS.jsonl`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.evidence.papers import lists, ofd, pdf, pictures
from tests.evidence.papers.einvoice import xml
from tests.evidence.papers.invoice import digital, older
from yunquan.config.cli import main
from yunquan.evidence.commands import invoice as command

KEYS = [
    "file", "kind", "code", "number", "date", "seller", "seller_no", "buyer", "buyer_no",
    "net_fen", "tax_fen", "gross_fen", "red", "sources", "conflicts", "error",
]  # fmt: skip


def run(*files: Path, out: Path) -> Result:
    return CliRunner().invoke(main, ["invoice", "read", *map(str, files), "--out", str(out)])


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def written(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_one_object_a_file_with_exactly_the_fixed_keys(tmp_path: Path) -> None:
    paper = digital()
    files = [
        written(tmp_path, "a.xml", xml(paper)),
        written(tmp_path, "b.ofd", ofd.older_ofd(older())),
        written(tmp_path, "c.pdf", pdf.pdf(paper.red())),
        written(tmp_path, "d.png", pictures.qr_png(paper)),
        written(tmp_path, "e.txt", b"nothing"),
        tmp_path / "missing.pdf",
    ]
    out = tmp_path / "facts.jsonl"
    done = run(*files, out=out)
    assert done.exit_code == 0, done.output
    told = lines(out)
    assert [list(one) for one in told] == [KEYS] * 6
    assert [one["file"] for one in told] == list(map(str, files))
    assert told[0] == {
        "file": str(files[0]), "kind": paper.kind, "code": None, "number": paper.number, "date": "2026-09-01",
        "seller": paper.seller, "seller_no": paper.seller_no, "buyer": paper.buyer, "buyer_no": paper.buyer_no,
        "net_fen": 12_000_000, "tax_fen": 720_000, "gross_fen": 12_720_000, "red": False,
        "sources": {name: ["xml"] for name in KEYS[1:13] if name != "code"}, "conflicts": [], "error": None,
    }  # fmt: skip
    assert told[1]["date"] == "2019-05-06" and told[1]["code"] == "044001900111"
    assert told[2]["red"] is True and told[2]["gross_fen"] == -12_720_000
    assert told[3]["seller"] is None and told[3]["sources"]["gross_fen"] == ["qr"]
    assert [one["error"] is None for one in told] == [True, True, True, True, False, False]
    assert told[5]["error"] == "文件不存在"


def test_a_list_gives_an_object_for_each_row(tmp_path: Path) -> None:
    bad = lists.row_of(2, digital(2))
    bad[3] = "12"
    book = written(tmp_path, "l.xlsx", lists.xlsx([lists.row_of(1, digital(1)), bad]))
    out = tmp_path / "facts.jsonl"
    assert run(book, out=out).exit_code == 0
    told = lines(out)
    assert [one["file"] for one in told] == [f"{book}#2", f"{book}#3"]
    assert told[0]["sources"]["number"] == ["typed"] and "8 位或 20 位" in told[1]["error"]


def test_a_conflict_about_the_day_is_named_date(tmp_path: Path) -> None:
    paper = digital()
    content = pdf.with_information(pdf.pdf(paper), {**pdf.information(paper), "IssueTime": "2026-09-02"})
    out = tmp_path / "facts.jsonl"
    assert run(written(tmp_path, "a.pdf", content), out=out).exit_code == 0
    assert lines(out)[0]["conflicts"] == [
        {"field": "date", "values": {"info": "2026-09-02", "text": "2026-09-01", "qr": "2026-09-01"}}
    ]


def test_when_every_file_failed_the_exit_code_is_1_and_the_reasons_are_written(tmp_path: Path) -> None:
    out = tmp_path / "facts.jsonl"
    assert run(written(tmp_path, "a.xml", b"<a>"), tmp_path / "b", out=out).exit_code == 1
    assert len(lines(out)) == 2 and all(one["error"] for one in lines(out))


def test_special_files_are_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    out = tmp_path / "facts.jsonl"
    assert run(pipe, Path("/dev/zero"), tmp_path, out=out).exit_code == 1
    assert [one["error"] for one in lines(out)] == ["不是普通文件"] * 3


def test_a_reading_that_breaks_off_leaves_the_old_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = written(tmp_path, "facts.jsonl", b"old\n")
    good = command.records

    def broken(files: tuple[str, ...]) -> Any:
        yield from good(files)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command, "records", broken)
    done = run(written(tmp_path, "a.xml", xml(digital())), out=out)
    assert done.exit_code == 1 and "没有留下任何内容" in done.output
    assert out.read_bytes() == b"old\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xml", "facts.jsonl"]


def test_a_folder_that_is_not_there_is_a_clear_message(tmp_path: Path) -> None:
    done = run(written(tmp_path, "a.xml", xml(digital())), out=tmp_path / "no" / "facts.jsonl")
    assert done.exit_code == 1 and "写不进去" in done.output


def test_the_command_needs_no_database_and_no_django(tmp_path: Path) -> None:
    file, out = written(tmp_path, "a.xml", xml(digital())), tmp_path / "facts.jsonl"
    code = (
        "import sys; from yunquan.evidence.commands.invoice import invoice\n"
        "try: invoice(['read', *sys.argv[1:]])\n"
        "finally: assert 'django' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file), "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert lines(out)[0]["number"] == digital().number
