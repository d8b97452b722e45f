"""Layouts of banks as data: the guide leads to a layout that reads, and faults are named by file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.evidence.proofs import making
from yunquan.config.cli import main
from yunquan.evidence.reading import sandbox
from yunquan.evidence.reading.proofs import layouts
from yunquan.evidence.reading.proofs.layouts import LayoutError, read_folder, read_layout

PAGE = Path(__file__).resolve().parents[3] / "docs" / "howto" / "a-new-bank-layout.md"
TEXT = PAGE.read_text(encoding="utf-8")


def block(mark: str) -> str:
    """A piece of the guide by the mark behind its fence."""
    found = re.search(rf"```{mark}\n(.*?)```", TEXT, re.DOTALL)
    assert found
    return found[1]


def printed() -> bytes:
    """The receipt of the guide as PDF."""
    texts: list[making.Text] = []
    for number, line in enumerate(block("text").splitlines()):
        label, _, value = re.sub(" {2,}", "\t", line).partition("\t")
        texts += [(10, 10 + 8 * number, label), (60, 10 + 8 * number, value)] if value else [(60, 10, label)]
    return making.page(texts)


@pytest.fixture
def own_folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "receipts"
    folder.mkdir()
    yield folder
    layouts.known.cache_clear()
    sandbox.stop()


def read_by_command(content: bytes, folder: Path, *, own: bool) -> list[dict[str, object]]:
    """What the command writes about a receipt, with the folder's own layouts or without."""
    file, out = folder.parent / "receipt.pdf", folder.parent / "facts.jsonl"
    file.write_bytes(content)
    more = ["--layouts", str(folder)] if own else []
    answer = CliRunner().invoke(main, ["evidence", "read", "proof", str(file), "--out", str(out), *more])
    # Nothing that was read at all is an exit code of its own.
    assert answer.exit_code in (0, 1), answer.output
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


@pytest.mark.clause("D47-5.14")
def test_the_guide_leads_from_an_unread_receipt_to_a_read_one(own_folder: Path) -> None:
    content = printed()
    (before,) = read_by_command(content, own_folder, own=False)
    assert before["payer"] is None and before["amount_fen"] is None
    (own_folder / "village.yaml").write_text(block("yaml layout"), encoding="utf-8")
    (after,) = read_by_command(content, own_folder, own=True)
    expected = {
        "layout": "village",
        "bank": "虚构村镇银行",
        "payer": "虚构五金制品（东莞）有限公司",
        "payer_account": "6210****0018",
        "payee": "示例云科技（东莞）有限公司",
        "payee_account": "4405****0027",
        "amount_fen": 110_000_00,
        "paid_on": "2019-03-05",
        "serial": "HZ-20190305-0007",
        "no_proof": None,
        "error": None,
    }
    assert {name: after[name] for name in expected} == expected
    command = block("sh").split("--layouts")[0]
    assert command.startswith("yunquan evidence read proof")


def test_what_its_own_words_call_failed_is_no_proof(own_folder: Path) -> None:
    (own_folder / "village.yaml").write_text(block("yaml layout"), encoding="utf-8")
    texts: list[making.Text] = [
        (10, 10, "虚构村镇银行"),
        (10, 20, "划转数额：5.00"),
        (10, 30, "划转情形：划转未成"),
    ]
    (facts,) = read_by_command(making.page(texts), own_folder, own=True)
    assert "“划转未成”" in str(facts["no_proof"])


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("id: x\ntitle: y\nchecked: z\nrecognised_by: []\nlabls: {}\n", "x.yaml:5: labls", "不认识这一项"),
        ("id: x\ntitle: y\nrecognised_by: []\n", "x.yaml:1: checked", "缺少这一项"),
        (
            "id: x\ntitle: y\nchecked: z\nrecognised_by: []\nlabels:\n  sum: [a]\n",
            "x.yaml:6: labels.sum",
            "不能取值",
        ),
        ("id: X Y\ntitle: y\nchecked: z\nrecognised_by: []\n", "x.yaml:1: id", "不合要求"),
        ("id: [\n", "x.yaml:2", "不是 YAML"),
        (
            "id: x\ntitle: y\nchecked: z\nkind: statement\ncolumns: {day: [a]}\n",
            "x.yaml:5: columns.day",
            "不能取值",
        ),
    ],
)
def test_a_fault_in_a_layout_is_named_by_file_line_and_key(
    tmp_path: Path, text: str, place: str, reason: str
) -> None:
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(LayoutError) as wrong:
        read_layout(tmp_path / "x.yaml")
    assert place in str(wrong.value) and reason in str(wrong.value)


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(block("yaml layout"), encoding="utf-8")
    with pytest.raises(LayoutError, match=r"b\.yaml.*village.*a\.yaml"):
        read_folder(tmp_path)


def test_an_own_layout_goes_before_the_one_that_comes_along(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = block("yaml layout").replace("id: village", "id: icbc")
    (own_folder / "icbc.yaml").write_text(own, encoding="utf-8")
    monkeypatch.setenv(layouts.FOLDER, str(own_folder))
    layouts.known.cache_clear()
    assert [each.bank for each in layouts.receipts() if each.id == "icbc"] == ["虚构村镇银行"]
    assert layouts.known()[1] == ()


def test_a_fault_in_an_own_layout_stops_the_command_and_only_tells_the_site(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_folder / "x.yaml").write_text("id: x\n", encoding="utf-8")
    file, out = own_folder.parent / "a.pdf", own_folder.parent / "f.jsonl"
    file.write_bytes(b"%PDF-")
    wanted = ["evidence", "read", "proof", str(file), "--out", str(out), "--layouts", str(own_folder)]
    answer = CliRunner().invoke(main, wanted)
    assert answer.exit_code == 1 and "x.yaml:1: title" in answer.output
    assert not out.exists()
    monkeypatch.setenv(layouts.FOLDER, str(own_folder))
    sandbox.stop()
    told = sandbox.run("proof", making.receipt(), "x")["read"]
    assert told["proofs"][0]["facts"]["layout"] == "icbc"
    assert any("x.yaml:1" in note for note in told["notes"])
