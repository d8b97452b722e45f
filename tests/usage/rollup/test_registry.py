"""Faults of a registry: each with its file, line and column, and no output."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.usage.names import normal_host, normal_mobile, normal_name
from yunquan.usage.rollup.registry import Registry, RegistryRefused, read_registry

pytestmark = pytest.mark.clause("D47-5.12")
HEADER = "voucher,service,end,kind,value,port\n"
GOOD = "V1,8,client,ip,198.51.100.7,\nV1,8,cloud,host,erp.example.cn,443\n"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",8,client,ip,198.51.100.7,", "voucher"),
        ("V1,,client,ip,198.51.100.7,", "service"),
        ("V1,8,server,ip,198.51.100.7,", "end"),
        ("V1,8,client,mac,198.51.100.7,", "kind"),
        ("V1,8,client,ip,198.51.100.300,", "value"),
        ("V1,8,client,ip,198.51.100.0/24,", "value"),
        ("V1,8,client,cidr,198.51.100.0/33,", "value"),
        ("V1,8,client,mobile,1380013800,", "value"),
        ("V1,8,cloud,host,203.0.113.5,", "value"),
        ("V1,8,cloud,host,erp,", "value"),
        ("V1,8,client,broadband,203.0.113.5,", "value"),
        ("V1,8,client,broadband,,", "value"),
        ("V1,8,cloud,ip,203.0.113.5,0", "port"),
        ("V1,8,cloud,ip,203.0.113.5,65536", "port"),
        ("V1,8,cloud,ip,203.0.113.5,https", "port"),
        ("V1,8,cloud,ip,203.0.113.5", "-"),
        ("V1,8,client,cidr,0.0.0.0/0,", "value"),
        ("V1,8,cloud,cidr,::/0,", "value"),
        ("V1,8,cloud,cidr,::ffff:0:0/96,", "value"),
        ("V1,8,client,broadband,gz-\x0001,", "value"),
        ("V\x001,8,client,ip,198.51.100.7,", "voucher"),
        ("V1,8\x07,client,ip,198.51.100.7,", "service"),
    ],
)
def test_a_wrong_cell_is_named_by_file_line_and_column(tmp_path, row, column):
    path = tmp_path / "registry.csv"
    path.write_text(HEADER + GOOD + row + "\n", encoding="utf-8")
    with pytest.raises(RegistryRefused) as refused:
        read_registry(path)
    (fault,) = refused.value.faults
    assert (fault.file, fault.line, fault.column) == ("registry.csv", 4, column)
    assert fault.reason and fault.expected


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b"", 1, "-"),
        (b"voucher,service,end,kind,value\n", 1, "port"),
        (b"voucher,service,end,kind,value,port,colour\n", 1, "colour"),
        (HEADER.encode(), 1, "-"),
        (b"\xef\xbb\xbf" + HEADER.encode() + b"\n\n", 1, "-"),
        ((HEADER + GOOD).encode() + "V1,8,client,host,例子.中国,\n".encode("gbk"), 4, "-"),
    ],
)
def test_a_wrong_form_is_named(tmp_path, content, line, column):
    path = tmp_path / "registry.csv"
    path.write_bytes(content)
    with pytest.raises(RegistryRefused) as refused:
        read_registry(path)
    assert (refused.value.faults[0].line, refused.value.faults[0].column) == (line, column)


def test_every_fault_is_named_at_once(tmp_path):
    path = tmp_path / "registry.csv"
    path.write_text(HEADER + ",8,client,ip,1.2.3,\nV1,8,cloud,ip,x,99999\n", encoding="utf-8")
    with pytest.raises(RegistryRefused) as refused:
        read_registry(path)
    assert [(fault.line, fault.column) for fault in refused.value.faults] == [
        (2, "voucher"), (2, "value"), (3, "port"),
    ]  # fmt: skip


def test_facts_that_contradict_each_other_are_refused(tmp_path):
    path = tmp_path / "registry.csv"
    head = HEADER.strip() + ",enterprise,claimed_on\n"
    rows = "V1,8,client,ip,198.51.100.7,,甲厂,2018-12-01\nV1,8,cloud,ip,203.0.113.5,,乙厂,2018-12-32\n"
    path.write_text(head + rows, encoding="utf-8")
    with pytest.raises(RegistryRefused) as refused:
        read_registry(path)
    assert {fault.column for fault in refused.value.faults} == {"enterprise", "claimed_on"}


def _row(end: str, kind: str, value: str, port: str = "", voucher: str = "V1") -> dict[str, str]:
    return {"voucher": voucher, "service": "8", "end": end, "kind": kind, "value": value, "port": port}


def test_a_group_keeps_its_number_however_its_ends_are_written_and_ordered():
    one = Registry.of(
        [_row("client", "mobile", "+86 138-0013-8000", "77"), _row("cloud", "host", "ERP.example.cn.")]
    )
    two = Registry.of([_row("cloud", "host", "erp.example.cn"), _row("client", "mobile", "13800138000")])
    other = Registry.of(
        [_row("cloud", "host", "erp.example.cn", "443"), _row("client", "mobile", "13800138000")]
    )
    assert one.numbers == two.numbers != other.numbers


@given(st.text(max_size=30))
def test_one_spelling_is_a_fixed_point(text):
    once = normal_name(text)
    assert normal_name(once) == once
    for declared in (normal_host(text), normal_mobile(text)):
        assert declared is None or normal_name(declared) == declared == once
