"""A layout is data that anybody may add; a wrong one is refused with file, line and key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.usage.layouts.reading import faults, lines, read
from yunquan.usage.layouts import LayoutUnknown, detect, known
from yunquan.usage.layouts.mapping import HERE, MappingError, read_folder, read_mapping

HOWTO = Path(__file__).parents[3] / "docs" / "howto" / "a-new-log-format.md"


def block(name: str) -> str:
    found = re.search(rf"```\w+ {name}\n(.*?)```", HOWTO.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_worked_example_of_the_howto(tmp_path, monkeypatch):
    (tmp_path / "firewall.yaml").write_text(block("mapping"), encoding="utf-8")
    monkeypatch.setenv("YUNQUAN_LAYOUTS", str(tmp_path))
    layout, parsed = read(block("sample"))
    assert layout.id == "firewall" and faults(parsed) == [] and parsed.skipped == 1
    assert lines(parsed) == [
        "203.0.113.5 0 erp.example 443 2018-11-18T00:00:00Z 2018-11-18T00:00:00Z 1200 56000 0"
    ]
    assert parsed.frame["user"][0] != 0 and parsed.frame["rest"][0] != 0


def test_the_howto_names_every_key_and_every_kind():
    text = HOWTO.read_text(encoding="utf-8")
    for file in HERE.glob("*.yaml"):
        for key in re.findall(r"^(\w+):", file.read_text(encoding="utf-8"), re.MULTILINE):
            assert f"`{key}`" in text, key
    for mapping in read_folder(HERE):
        for form in mapping.forms:
            assert f"`{form.kind}`" in text


def test_every_layout_says_where_its_producer_describes_it():
    for mapping in read_folder(HERE):
        assert mapping.document and (
            mapping.checked or mapping.document.startswith(("docs/", "https://nginx.org"))
        )
    assert {"operator-csv", "application-csv", "aws-vpc", "aliyun-vpc-jsonl", "tencent-vpc", "nfdump-csv",
            "zeek-conn", "nginx", "iis", "xlsx", "pcap", "netflow"} <= set(known())  # fmt: skip


WRONG = [
    (("title: 厂区防火墙日志", "titel: 厂区防火墙日志"), 2, "titel", "不认识这一项"),
    (("source: operator", "source: nobody"), 3, "source", "不能取值"),
    (("kind: delimited", "kind: telepathy"), 6, "forms.0.kind", "不能取值"),
    (
        ("start: {names: [login_at], read: iso}", "start: {names: [login_at], read: guess}"),
        12,
        "fields.start.read",
        "不能取值",
    ),
    (("  b_port: [to_port]", "  c_port: [to_port]"), 11, "fields.c_port", "不能取值"),
    (('separator: ";"}', "separator: [}"), 6, "", "不是 YAML"),
]


@pytest.mark.parametrize(("change", "line", "key", "reason"), WRONG)
def test_a_wrong_mapping_file_is_refused_with_line_and_key(tmp_path, monkeypatch, change, line, key, reason):
    path = tmp_path / "firewall.yaml"
    path.write_text(block("mapping").replace(*change), encoding="utf-8")
    with pytest.raises(MappingError) as refused:
        read_mapping(path)
    found = [fault for fault in refused.value.faults if fault.key.startswith(key)]
    assert found and found[0].line == line and reason in found[0].reason
    assert str(found[0]).startswith(f"firewall.yaml:{line}: ")
    monkeypatch.setenv("YUNQUAN_LAYOUTS", str(tmp_path))
    with pytest.raises(LayoutUnknown, match=r"firewall\.yaml"):
        detect(b"x", "x")


def test_an_id_stands_once_in_a_folder(tmp_path):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(block("mapping"), encoding="utf-8")
    with pytest.raises(MappingError, match="编号已用于"):
        read_folder(tmp_path)


def test_an_empty_mapping_says_all_that_is_missing(tmp_path):
    (tmp_path / "a.yaml").write_text("", encoding="utf-8")
    with pytest.raises(MappingError) as refused:
        read_mapping(tmp_path / "a.yaml")
    assert {fault.key for fault in refused.value.faults} >= {"id", "title", "source", "document", "forms"}
