"""Captured packets, export packets, and a real nfcapd file: the same traffic told four ways."""

from __future__ import annotations

import os
import random
import shutil
import subprocess

import pytest

from tests.usage.layouts import capturing
from tests.usage.layouts.capturing import BEGIN, capture, session, tcp, udp
from tests.usage.layouts.reading import faults, lines, read, whole
from yunquan.usage.layouts import LayoutUnknown, detect

pytestmark = pytest.mark.clause("D47-5.12", "D47-5.13")

FIVE = [
    "203.0.113.1 40000 198.51.100.7 443 2018-11-18T00:00:00Z 2018-11-18T00:00:10Z 1000 0 6",
    "203.0.113.2 40001 198.51.100.7 443 2018-11-18T00:00:00Z 2018-11-18T00:00:10Z 1001 0 6",
]
NINE = [
    "2001:db8::1 40000 2001:db8::7 443 2018-11-18T00:00:00Z 2018-11-18T00:00:10Z 5000 0 6",
    "2001:db8::2 40001 2001:db8::7 443 2018-11-18T00:00:00Z 2018-11-18T00:00:10Z 5001 0 6",
]
TEN = ["203.0.113.1 40000 198.51.100.7 443 2018-11-18T00:00:00.125Z 2018-11-18T00:00:10Z 700 9000 6"]


def known(path):
    return detect(path.read_bytes()[: 64 * 1024], path.name)


def test_a_capture_becomes_conversations_without_their_content(tmp_path):
    frames = [each for number in range(3) for each in session(number, BEGIN + number * 10)]
    frames += [(BEGIN + 100, udp("2001:db8::1", "2001:db8::2", 5000, 53, b"question"))]
    # Refused at once, never answered, and no IP at all: none is use.
    frames += [(BEGIN + 110, tcp("203.0.113.9", "198.51.100.7", 50000, 22, 2))]
    frames += [(BEGIN + 110.1, tcp("198.51.100.7", "203.0.113.9", 22, 50000, 20))]
    frames += [(BEGIN + 111, tcp("203.0.113.9", "198.51.100.7", 50001, 22, 2)), (BEGIN + 112, bytes(60))]
    path = capture(tmp_path / "a.pcap", frames)
    assert (known(path).id, known(path).kind) == ("pcap", "binary")
    parsed = whole(path, known(path))
    assert lines(parsed) == [
        "203.0.113.1 40000 198.51.100.7 443 2018-11-18T00:00:00.25Z 2018-11-18T00:00:01.85Z 340 640 6",
        "203.0.113.2 40001 198.51.100.7 443 2018-11-18T00:00:10.25Z 2018-11-18T00:00:11.85Z 340 640 6",
        "203.0.113.3 40002 198.51.100.7 443 2018-11-18T00:00:20.25Z 2018-11-18T00:00:21.85Z 340 640 6",
        "2001:db8::1 5000 2001:db8::2 53 2018-11-18T00:01:40.25Z 2018-11-18T00:01:40.25Z 56 0 17",
    ]
    assert (parsed.skipped, parsed.bad_count) == (3, 0)


def test_a_conversation_that_pauses_is_two(tmp_path):
    path = capture(tmp_path / "a.pcap", session(0, BEGIN) + session(0, BEGIN + 303) + session(0, BEGIN + 700))
    assert whole(path, known(path)).frame.height == 3


def test_a_capture_that_is_cut_is_refused(tmp_path):
    path = capture(tmp_path / "a.pcap", session(0, BEGIN))
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(LayoutUnknown, match="不完整"):
        whole(path, known(path))


def test_without_the_extra_the_message_says_how_to_install_it(tmp_path, monkeypatch):
    path = capture(tmp_path / "a.pcap", session(0, BEGIN))
    monkeypatch.setitem(__import__("sys").modules, "dpkt", None)
    with pytest.raises(LayoutUnknown, match=r"yunquan\[flow\]"):
        whole(path, known(path))


DATAGRAMS = [
    (capturing.v5(), FIVE),
    (capturing.v9(capturing.v9_template(), capturing.v9_data()), NINE),
    (capturing.ipfix(capturing.ipfix_template(), capturing.ipfix_data()), TEN),
]


def test_export_packets_as_nothing_but_datagrams(tmp_path):
    path = tmp_path / "export.bin"
    path.write_bytes(b"".join(datagram for datagram, _ in DATAGRAMS) * 2)
    assert (known(path).id, known(path).kind) == ("netflow", "binary")
    parsed = whole(path, known(path))
    assert lines(parsed) == (FIVE + NINE + TEN) * 2
    assert (parsed.skipped, parsed.bad_count) == (2, 0)  # dropped by the router


def test_export_packets_inside_a_capture(tmp_path):
    frames = [(BEGIN + place, udp("192.0.2.1", "192.0.2.2", 9999, 2055, datagram))
              for place, (datagram, _) in enumerate(DATAGRAMS)]  # fmt: skip
    frames.append((BEGIN + 9, tcp("203.0.113.9", "198.51.100.7", 1, 2, 16)))
    path = capture(tmp_path / "a.pcap", frames)
    parsed = whole(path, known(path))
    assert lines(parsed) == FIVE + NINE + TEN
    assert parsed.skipped == 2


def test_data_waits_for_its_template_and_is_told_where_none_comes(tmp_path):
    path = tmp_path / "export.bin"
    late = capturing.v9(capturing.v9_data()) + capturing.v9(capturing.v9_template())
    path.write_bytes(late)
    assert lines(whole(path, known(path))) == NINE
    path.write_bytes(capturing.v5() + capturing.v9(capturing.v9_data()) + capturing.v5()[:-10])
    parsed = whole(path, known(path))
    assert lines(parsed) == FIVE
    assert [(line.line, line.reason) for line in parsed.bad] == [
        (2, "模板没有到达，这组数据无法解读"),
        (3, "数据报不完整"),
    ]


def test_damaged_export_packets_never_break_the_reader(tmp_path):
    chance = random.Random(7)
    content = b"".join(datagram for datagram, _ in DATAGRAMS)
    path = tmp_path / "export.bin"
    for _ in range(300):
        broken = bytearray(content)
        for _ in range(chance.randrange(1, 6)):
            broken[chance.randrange(24 + 96, len(broken))] = chance.randrange(256)
        path.write_bytes(bytes(broken[: chance.randrange(130, len(broken))]))
        parsed = whole(path, known(path))
        assert lines(parsed)[:2] == FIVE


def test_the_decoder_agrees_with_the_library_netflow():
    netflow = pytest.importorskip("netflow")
    export = netflow.parse_packet(capturing.v5(), {})
    for flow, said in zip(export.flows, FIVE, strict=True):
        assert (int(said.split()[1]), int(said.split()[6])) == (flow.SRC_PORT, flow.IN_OCTETS)


TOOLS = shutil.which("nfpcapd") and shutil.which("nfdump")


@pytest.mark.skipif(not TOOLS and not os.environ.get("CI"), reason="nfdump 没有安装：apt install nfdump")
def test_a_real_nfcapd_file_printed_by_nfdump(tmp_path):
    frames = [each for number in range(20) for each in session(number, BEGIN + number * 10)]
    path = capture(tmp_path / "a.pcap", frames)
    folder = tmp_path / "flows"
    folder.mkdir()
    subprocess.run(["nfpcapd", "-r", path, "-w", folder], check=True, capture_output=True)
    for zone in ("Asia/Shanghai", "UTC"):
        said = []
        for file in sorted(folder.glob("nfcapd.2*")):
            printed = subprocess.run(["nfdump", "-r", file, "-o", "csv"], check=True, capture_output=True,
                                     env={**os.environ, "TZ": zone})  # fmt: skip
            layout, parsed = read(printed.stdout, zone=zone)
            assert layout.id == "nfdump-csv" and faults(parsed) == []
            said += lines(parsed)
        assert len(said) == 40  # each way is a flow of its own
        assert "203.0.113.1 40000 198.51.100.7 443 2018-11-18T00:00:00Z 2018-11-18T00:00:01Z 340 0 6" in said
        assert "198.51.100.7 443 203.0.113.1 40000 2018-11-18T00:00:00Z 2018-11-18T00:00:01Z 640 0 6" in said
