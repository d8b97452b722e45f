"""The bundle: what is in it, that any changed byte is found and its file named, and that it stands alone."""

from __future__ import annotations

import ast
import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kernel.test_draw import ITEMS, PARAMS, SECRETS, SEED, VALUES
from tests.policy.draw_bundles import change_meaning, change_one, random_bundle
from yunquan.kernel import draw
from yunquan.kernel.canonical import canonical_json
from yunquan.policy.drawing import bundle, verify
from yunquan.policy.drawing.reading import DrawRefused, Source


def known_bundle() -> dict[str, bytes]:
    """The bundle of the known answer."""
    return bundle.run(
        population=Source("population.jsonl", draw.population_bytes(ITEMS)),
        params=Source("params.json", canonical_json(PARAMS)),
        reveals=Source("reveals.json", canonical_json({name: one.hex() for name, one in SECRETS.items()})),
        entropy=Source("entropy.json", canonical_json(VALUES)),
    )


@pytest.mark.clause("D1")
def test_the_bundle_of_the_known_answer_holds_nine_files_and_fits() -> None:
    files = known_bundle()
    assert tuple(files) == (
        "params.json", "population.jsonl", "excluded.jsonl", "experts.jsonl", "commits.json",
        "reveals.json", "entropy.json", "result.jsonl", "verify.py",
    )  # fmt: skip
    assert bundle.seed_in(files).hex() == SEED
    assert json.loads(files["commits.json"])["province"].startswith("83feceb7bb824ab7")
    assert files["params.json"] == canonical_json(PARAMS)
    assert files["result.jsonl"].splitlines()[0].decode() == (
        '{"outcome":"drawn","rank":1,"ref":"V003","stratum":"汕尾"}'
    )
    assert bundle.difference(files) == ""


def test_every_byte_of_every_file_of_the_known_answer_counts() -> None:
    """Each single byte of each file, changed in two ways, is found, and the file is named first."""
    files = known_bundle()
    dice = random.Random(1)
    for name in bundle.NAMES:
        content = files[name]
        places = range(len(content)) if name != "verify.py" else dice.sample(range(len(content)), 300)
        for place in places:
            for value in {content[place] ^ 1, ord("7")} - {content[place]}:
                changed = content[:place] + bytes([value]) + content[place + 1 :]
                said = bundle.difference({**files, name: changed})
                assert said.startswith(name), (name, place, value, said)


def test_a_byte_added_to_an_empty_list_is_found() -> None:
    files = known_bundle()
    for name in ("excluded.jsonl", "experts.jsonl"):
        assert files[name] == b""
        assert bundle.difference({**files, name: b"\n"}).startswith(name)
    row = canonical_json({"reason": "x", "ref": "V099"}) + b"\n"
    assert bundle.difference({**files, "excluded.jsonl": row}).startswith("excluded.jsonl")


@pytest.mark.parametrize("missing", bundle.NAMES)
def test_a_missing_file_is_named(missing: str) -> None:
    files = known_bundle()
    del files[missing]
    assert bundle.difference(files) == f"{missing}：缺少这个文件"


def test_any_change_to_random_bundles_is_found_and_named() -> None:
    dice = random.Random(20191101)
    for _ in range(150):
        files = random_bundle(dice)
        for _ in range(8):
            name, changed = change_one(dice, files)
            said = bundle.difference(changed)
            assert said.startswith(name), (name, said)


def drawn_again(files: dict[str, bytes]) -> bytes:
    """What the kernel draws from the files of a bundle."""
    params = json.loads(files["params.json"])
    items = [draw.Item(**json.loads(line)) for line in files["population.jsonl"].splitlines()]
    strata = draw.draw(
        items,
        alg=params.get("alg", "sha256"),
        seed=bundle.seed_in(files),
        num=params["num"],
        den=params["den"],
    )
    return draw.result_bytes(strata)


def test_a_forged_bundle_with_forged_seals_is_still_found() -> None:
    """The SHA-256 at the end of verify.py only help to name a file; what proves is the draw itself."""
    dice, found = random.Random(7), 0
    for _ in range(300):
        forged = change_meaning(dice, random_bundle(dice))
        if bundle.difference(forged):
            found += 1
        else:
            # Among two or three items another seed may give the same order: then that is its draw indeed.
            assert drawn_again(forged) == forged["result.jsonl"]
    assert found > 250


def test_the_seed_named_twice_by_two_programs_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check that a bundle fits before it is written can fail: a ranking turned round is noticed."""
    turned = draw.draw

    def backwards(*args: object, **kwargs: object) -> list[draw.Stratum]:
        return turned(*args, **kwargs)[::-1]  # type: ignore[arg-type]

    monkeypatch.setattr(draw, "draw", backwards)
    with pytest.raises(AssertionError, match=r"result\.jsonl 第 1 行"):
        known_bundle()


def test_the_program_is_short_and_needs_only_the_standard_library() -> None:
    text = known_bundle()["verify.py"].decode()
    assert len(text.splitlines()) <= 150
    assert text.startswith(Path(verify.__file__).read_text(encoding="utf-8"))
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported <= set(sys.stdlib_module_names)


def test_the_program_of_bundles_that_are_out_there_stays_as_it_was() -> None:
    """Every published bundle carries this program; with another one here, those would be called doctored.

    Who must change it keeps the old one beside it and lets `bundle.difference` know both.
    """
    assert (
        hashlib.sha256(bundle.verifier()).hexdigest()
        == "4161262df18baa6aa2183f84f8b8001df9dcb8dcba2a26b5c87858447ac1758b"
    )


def run_alone(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", str(folder / "verify.py"), *args],
        capture_output=True, encoding="utf-8", cwd=folder, check=False, env={"PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip


def test_the_program_in_a_bundle_runs_alone(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    bundle.write(known_bundle(), folder)
    done = run_alone(folder, str(folder))
    assert (done.returncode, done.stdout, done.stderr) == (0, "OK\n", "")
    assert run_alone(folder).stdout == "OK\n"
    result = folder / "result.jsonl"
    result.write_bytes(result.read_bytes().replace(b'"rank":4', b'"rank":5', 1))
    done = run_alone(folder, str(folder))
    assert done.returncode == 1
    assert done.stdout == (
        'result.jsonl 第 4 行：应为 {"outcome":"reserve","rank":4,"ref":"V012","stratum":"汕尾"}\n'
    )


def test_a_bundle_with_sm3_fits_with_and_without_an_sm3_of_openssl(monkeypatch: pytest.MonkeyPatch) -> None:
    params = canonical_json({**PARAMS, "alg": "sm3"})
    files = bundle.run(
        population=Source("population.jsonl", draw.population_bytes(ITEMS)),
        params=Source("params.json", params),
        reveals=Source("reveals.json", canonical_json({name: one.hex() for name, one in SECRETS.items()})),
        entropy=Source("entropy.json", canonical_json(VALUES)),
    )
    monkeypatch.setattr(hashlib, "algorithms_available", {"sha256"})
    assert bundle.difference(files) == ""
    assert verify.sm3(b"abc").hex().startswith("66c7f0f462eeedd9")


def test_a_bundle_is_not_written_over_another(tmp_path: Path) -> None:
    files = known_bundle()
    bundle.write(files, tmp_path / "bundle")
    with pytest.raises(DrawRefused, match="不能悄悄重做"):
        bundle.write(files, tmp_path / "bundle")
    (tmp_path / "empty").mkdir()
    bundle.write(files, tmp_path / "empty")
    assert bundle.read(tmp_path / "empty") == files
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "empty"]
