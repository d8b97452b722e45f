"""`yunquan evidence scan`: planted copies are found, honest papers left alone, hostile files skipped with a reason."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.evidence.likeness import making
from yunquan.config.cli import main
from yunquan.evidence.reading import sandbox

HONEST = range(30, 50)


@pytest.fixture(autouse=True)
def _no_readers_left():
    yield
    sandbox.stop()


def scanned(folder: Path, out: Path, *more: str) -> tuple[list[dict[str, str]], str]:
    """The rows of the command and what it said besides."""
    result = CliRunner().invoke(main, ["evidence", "scan", str(folder), "--out", str(out), *more])
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
    return rows, result.output


def test_every_planted_copy_is_found_and_no_honest_paper_is_accused(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    (folder / "inner").mkdir(parents=True)
    text = making.report(1)
    (folder / "a.txt").write_text(text, encoding="utf-8")
    (folder / "b.txt").write_text(text.replace("，", ", "), encoding="gb18030")
    (folder / "c.docx").write_bytes(making.word(text))
    (folder / "d.pdf").write_bytes(making.pdf(text))
    (folder / "e.xlsx").write_bytes(making.workbook(text))
    other_name = making.report(1, enterprise="虚构精密机电有限公司")
    (folder / "inner" / "f.docx").write_bytes(making.word(other_name))
    page = making.page(making.report(2))
    (folder / "p1.jpg").write_bytes(making.saved(page))
    (folder / "p2.png").write_bytes(making.saved(page, kind="PNG"))
    (folder / "p3.jpg").write_bytes(making.resaved(page))
    (folder / "p4.pdf").write_bytes(making.scan_pdf([page]))
    (folder / "p5.pdf").write_bytes(making.scan_pdf([making.page(making.report(3)), page]))
    for seed in HONEST:
        (folder / f"honest{seed}.docx").write_bytes(making.word(making.report(seed)))
    for seed in range(60, 66):
        (folder / f"honest{seed}.jpg").write_bytes(making.saved(making.page(making.report(seed))))

    rows, _said = scanned(folder, tmp_path / "pairs.csv")

    assert list(rows[0]) == ["a", "b", "kind", "score", "why"]
    found = {(row["a"], row["b"]): row["kind"] for row in rows}
    texts = ["a.txt", "b.txt", "c.docx", "d.pdf", "e.xlsx"]
    for place, one in enumerate(texts):
        for other in texts[place + 1 :]:
            assert found.pop((one, other)) == "same_text"
        assert found.pop((one, "inner/f.docx")) == "other_names"
    pictures = ["p1.jpg", "p2.png", "p3.jpg", "p4.pdf", "p5.pdf"]
    for place, one in enumerate(pictures):
        for other in pictures[place + 1 :]:
            assert found.pop((one, other)) == "same_picture"
    assert not found
    assert all(0 < float(row["score"]) <= 1 and row["why"] for row in rows)


def test_a_deal_split_below_the_cap_is_shown_and_two_honest_deals_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "contracts"
    folder.mkdir()
    both = {"enterprise": "示例五金制品有限公司"}
    papers = {
        "one.docx": making.contract(number="HT-001", fee="120,000.00", day="2018年10月8日", **both),
        "two.docx": making.contract(number="HT-002", fee="150,000.00", day="2018年10月19日", **both),
        # Another service, another firm, and the same pair a year later: nothing of it is one deal cut in two.
        "three.docx": making.contract(
            number="HT-003", fee="30,000.00", day="2018年10月20日", service="供应链协同", **both
        ),
        "four.docx": making.contract(
            number="HT-004", fee="150,000.00", day="2018年10月21日", enterprise="样板塑胶有限公司"
        ),
        "five.docx": making.contract(number="HT-005", fee="160,000.00", day="2019年10月21日", **both),
    }
    for name, text in papers.items():
        (folder / name).write_bytes(making.word(text))
    rows, _said = scanned(folder, tmp_path / "pairs.csv")
    assert [(row["a"], row["b"], row["kind"]) for row in rows] == [("one.docx", "two.docx", "twin_contracts")]
    assert "200,000.00" in rows[0]["why"] and "相隔 11 天" in rows[0]["why"]


def test_the_words_of_a_blank_form_make_nothing_alike(tmp_path: Path) -> None:
    form = "".join(making.SENTENCES) * 2
    folder = tmp_path / "forms"
    folder.mkdir()
    for number, own in enumerate(making.SERVICES):
        (folder / f"{number}.txt").write_text(
            f"{form}{making.report(100 + number)}{own * 3}", encoding="utf-8"
        )
    blank = tmp_path / "blank.txt"
    blank.write_text(form + making.REPORT, encoding="utf-8")
    rows, _said = scanned(folder, tmp_path / "pairs.csv", "--form", str(blank))
    assert rows == []


def hostile(folder: Path) -> dict[str, str]:
    """Files that mean harm, each with a word of the reason expected."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", b"<w>" + b" " * (200 * 1024 * 1024))
    laughs = '<?xml version="1.0"?><x xmlns:a="a">' + "<a>" * 200_000
    files = {
        "bomb.docx": (bomb.getvalue(), "过大"),
        "cut.pdf": (making.pdf("示例")[:900], "损坏"),
        "cut.jpg": (making.saved(making.page("示例"))[:300], "损坏"),
        "program.txt": (b"MZ\x00\x01" * 400, "不能识别"),
        "deep.xml": (laughs.encode(), "损坏"),
        "empty.txt": (b"", "空"),
        "blank.png": (making.saved(making.page(""), kind="PNG")[:200], "损坏"),
        "unknown.exe": (b"MZ\x90", "不能识别"),
        "big.pdf": (b"%PDF-1.7" + b"0" * sandbox.MOST_BYTES, "超过"),
    }
    for name, (content, _reason) in files.items():
        (folder / name).write_bytes(content)
    return {name: reason for name, (_content, reason) in files.items()}


def test_hostile_files_are_skipped_with_a_reason_and_the_rest_is_compared(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    reasons = hostile(folder)
    (folder / "a.txt").write_text(making.report(1), encoding="utf-8")
    (folder / "z.docx").write_bytes(making.word(making.report(1)))
    (folder / "loop").symlink_to(folder)
    (folder / "passwords.txt").symlink_to("/etc/passwd")
    (folder / "=1+1.txt").write_text(making.report(1), encoding="utf-8")
    rows, said = scanned(folder, tmp_path / "pairs.csv")
    assert {(row["a"], row["b"]) for row in rows} == {
        ("'=1+1.txt", "a.txt"),
        ("'=1+1.txt", "z.docx"),
        ("a.txt", "z.docx"),
    }
    for name, reason in reasons.items():
        line = next(line for line in said.splitlines() if line.startswith(f"跳过 {name}："))
        assert reason in line, line
    assert "passwords" not in said and f"未读出 {len(reasons)} 个" in said


def test_a_table_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    out = tmp_path / "missing" / "pairs.csv"
    result = CliRunner().invoke(main, ["evidence", "scan", str(folder), "--out", str(out)])
    assert result.exit_code == 1 and "写不进去" in result.output and not out.parent.exists()


def test_folders_within_folders_without_end_are_walked(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "a.txt").write_text(making.report(1), encoding="utf-8")
    before = Path.cwd()
    try:
        os.chdir(folder)
        for _ in range(1_100):
            Path("d").mkdir()
            os.chdir("d")
        Path("b.txt").write_text(making.report(1), encoding="utf-8")
    finally:
        os.chdir(before)
    try:
        rows, _said = scanned(folder, tmp_path / "pairs.csv")
    finally:
        # Python's own clearing away of folders goes no deeper than its stack.
        subprocess.run(["rm", "-rf", str(folder)], check=True)
    assert [(row["kind"], row["b"][-5:]) for row in rows] == [("same_file", "b.txt")]
