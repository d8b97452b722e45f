"""The example of the page on draws is tried as it stands there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from yunquan.policy.drawing.commands import draw

PAGE = Path(__file__).parents[2] / "docs" / "draw.md"


def test_the_example_of_the_page_leads_to_the_result_that_it_names(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    files = dict(re.findall(r"`([a-z]+\.jsonl?)`\n\n```json\n(.*?)\n```", text, re.DOTALL))
    assert set(files) == {"population.jsonl", "params.json", "reveals.json", "entropy.json"}
    for name, content in files.items():
        (tmp_path / name).write_text(content + "\n", encoding="utf-8")
    bundle = tmp_path / "BUNDLE"
    options = [part for name in files for part in (f"--{name.partition('.')[0]}", str(tmp_path / name))]
    done = CliRunner().invoke(draw, ["run", *options, "--out", str(bundle)])
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in (bundle / "result.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["ref"] for row in rows if row["outcome"] == "mandatory"] == ["V003"]
    assert {row["ref"] for row in rows if row["outcome"] == "drawn"} == {"V005", "V002"}
    assert CliRunner().invoke(draw, ["verify", str(bundle)]).output.strip() == "OK"
    alone = [sys.executable, "-I", str(bundle / "verify.py"), str(bundle)]
    assert subprocess.run(alone, capture_output=True, text=True, check=False).stdout.strip() == "OK"
