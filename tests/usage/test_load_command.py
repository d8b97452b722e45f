"""`yunquan usage load` as a person at a shell sees it."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.usage.store.making import HEADER, held, lines
from yunquan.config.cli import main
from yunquan.usage.store import Store
from yunquan.usage.store.lock import sole_writer


def run(folder: Path, *arguments: str) -> Result:
    """The command on a store in this folder."""
    begun = ["usage", "load", "--store", str(folder / "store"), "--source", "operator"]
    return CliRunner().invoke(main, [*begun, *arguments])


def written(folder: Path, name: str, content: str | bytes) -> str:
    """A file of this content."""
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return str(folder / name)


@pytest.mark.clause("D47-5.13")
def test_each_file_has_a_line_with_format_records_bad_lines_days_and_whether_it_was_known(
    tmp_path: Path,
) -> None:
    plain = written(tmp_path, "a.csv", lines(0, 40) + "wrong\n")
    packed = written(tmp_path, "b.csv.gz", gzip.compress(lines(40, 10).encode()))
    first = run(tmp_path, plain, packed)
    assert first.exit_code == 0
    assert first.stdout.splitlines() == [
        "a.csv  格式 operator-csv  记录 40  坏行 1  略过 0  日期 2019-03-04..2019-03-06（3 天）  新装入",
        "b.csv.gz  格式 operator-csv  记录 10  坏行 0  略过 0  日期 2019-03-07..2019-03-07（1 天）  新装入",
    ]
    assert "坏行清单" in first.stderr
    again = run(tmp_path, plain, packed)
    assert again.exit_code == 0
    assert [line.endswith("已经装载过，未重复装入") for line in again.stdout.splitlines()] == [True, True]
    assert held(Store(tmp_path / "store")) == list(range(50))


def test_a_refused_file_says_where_and_what_was_expected_and_the_others_still_load(tmp_path: Path) -> None:
    future = HEADER + "\n1.2.3.4,5.6.7.8,443,2019-03-04T08:00:00,2019-03-04T08:01:00,1,1\n"
    files = [
        written(tmp_path, "first.csv", lines(0, 5)),
        written(tmp_path, "zone.csv", future),
        str(tmp_path / "missing.csv"),
        str(tmp_path),
        written(tmp_path, "last.csv", lines(5, 5)),
    ]
    ran = run(tmp_path, *files)
    assert ran.exit_code == 2
    assert [line.split()[0] for line in ran.stdout.splitlines()] == ["first.csv", "last.csv"]
    told = ran.stderr.splitlines()
    assert told[0].startswith("zone.csv:2:start: ")
    assert "应为" in told[0]
    assert told[1].startswith("missing.csv: 文件打不开（没有这个文件）")
    assert "目录" in told[2]
    assert told[3] == "3 个文件没有装入，其余 2 个已装入"
    assert held(Store(tmp_path / "store")) == list(range(10))


def test_a_format_that_does_not_exist_or_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", lines(0, 5))
    for name in ("no-such-format", "nginx-access"):
        ran = run(tmp_path, "--format", name, path)
        assert ran.exit_code == 2
        assert name in ran.stderr or "应为" in ran.stderr
    assert run(tmp_path, "--format", "operator-csv", path).exit_code == 0


def test_a_zone_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    ran = run(tmp_path, "--zone", "Asia/Atlantis", written(tmp_path, "a.csv", lines(0, 5)))
    assert ran.exit_code == 2
    assert "Asia/Atlantis" in ran.stderr


def test_a_second_loader_is_told_who_is_writing(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", lines(0, 5))
    with sole_writer(Store(tmp_path / "store").root):
        ran = run(tmp_path, path)
    assert ran.exit_code == 1
    assert "正由另一个装载写入" in ran.stderr


def test_a_long_load_shows_its_progress_on_standard_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yunquan.usage.commands.load._QUIET_SECONDS", 0.0)
    monkeypatch.setattr("yunquan.usage.commands.load._EVERY_SECONDS", 0.0)
    monkeypatch.setattr(Store, "block", 2_000)
    ran = run(tmp_path, written(tmp_path, "a.csv", lines(0, 300)))
    assert len(ran.stdout.splitlines()) == 1
    shares = [line for line in ran.stderr.splitlines() if "%" in line]
    assert len(shares) > 3
    assert "300 条" in shares[-1]


def test_loading_needs_no_django(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", lines(0, 5))
    told = "import sys\nfrom yunquan.config.cli import main\n"
    told += f"main(['usage', 'load', '--store', {str(tmp_path / 's')!r}, '--source', 'operator', {path!r}],"
    told += " standalone_mode=False)\nassert 'django' not in sys.modules"
    subprocess.run([sys.executable, "-c", told], check=True, capture_output=True)
