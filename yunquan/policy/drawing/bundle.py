"""The bundle of a draw: nine files with which anyone can check it, and nothing else is needed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from yunquan.kernel import draw
from yunquan.kernel.canonical import canonical_json
from yunquan.policy.drawing import verify
from yunquan.policy.drawing.freezing import Frozen, frozen_before, judge_entropy, judge_reveals
from yunquan.policy.drawing.reading import DrawRefused, Faults, Source
from yunquan.policy.packfile import Fault

CODE = "verify.py"
NAMES = (*verify.NAMES, CODE)


def verifier() -> bytes:
    """The program that goes into every bundle, the same byte for byte but for the hashes at its end."""
    return Path(verify.__file__).read_bytes()


def published_program() -> bytes:
    """What every bundle's program begins with: the program itself and the start of the line of hashes."""
    return verifier() + verify.STAMP


def stamped(files: Mapping[str, bytes]) -> bytes:
    """The program with the SHA-256 of the other eight files and its own at its end, to name a changed one."""
    program = published_program()
    program += b"".join(sha256(files[name]).hexdigest().encode() + b" " for name in verify.NAMES)
    return program + sha256(program).hexdigest().encode() + b"\n"


def difference(files: Mapping[str, bytes]) -> str:
    """The first thing in a bundle that doesn't fit, named with its file; empty where all of it fits."""
    return verify.difference(files, verifier())


def run(
    *,
    population: Source,
    params: Source,
    reveals: Source,
    entropy: Source,
    excluded: Source | None = None,
    experts: Source | None = None,
    commits: Source | None = None,
    revealed_at: Source | None = None,
) -> dict[str, bytes]:
    """Draw, and give the nine files of the bundle (D1, D2); raises DrawRefused with everything that is wrong.

    Without `commits` they are computed from the secrets, and prove nothing about what came first.
    """
    frozen = frozen_before(
        population=population, params=params, excluded=excluded, experts=experts, commits=commits
    )
    faults = Faults()
    secrets = judge_reveals(reveals, frozen, revealed_at, faults)
    values = judge_entropy(entropy, frozen, faults)
    faults.refuse()
    return draw_frozen(frozen, secrets=secrets, values=values)


def draw_frozen(
    frozen: Frozen, *, secrets: Mapping[str, bytes], values: Mapping[str, str]
) -> dict[str, bytes]:
    """Draw from what was frozen, with secrets and values that were judged; gives the bundle."""
    alg, params = frozen.alg, frozen.params
    seed = draw.seed_of(
        alg=alg,
        population=frozen.files["population.jsonl"],
        params=frozen.files["params.json"],
        entropy=values,
        secrets=secrets,
    )
    made = {
        custodian: draw.commitment(
            alg=alg, draw_id=params["draw_id"], custodian=custodian, secret=secret
        ).hex()
        for custodian, secret in secrets.items()
    }
    strata = draw.draw(frozen.items, alg=alg, seed=seed, num=params["num"], den=params["den"])
    files = {
        "commits.json": canonical_json(made),
        **frozen.files,
        "reveals.json": canonical_json({custodian: secret.hex() for custodian, secret in secrets.items()}),
        "entropy.json": canonical_json(values),
        "result.jsonl": draw.result_bytes(strata),
    }
    files[CODE] = stamped(files)
    # The program of the bundle shares no line with the draw above: both must come to the same result.
    if fault := difference(files):
        raise AssertionError(f"the bundle does not verify: {fault}")
    return {name: files[name] for name in NAMES}


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a new folder, all or none; raises DrawRefused where that can't be done."""
    part = folder.with_name(f".{folder.name}.part")
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise DrawRefused(
                [Fault(str(folder), 1, "--out", "已经存在，一次抽取不能悄悄重做", "新的或空的文件夹")]
            )
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        for name, content in files.items():
            (part / name).write_bytes(content)
        part.replace(folder)
    except OSError as fault:
        shutil.rmtree(part, ignore_errors=True)
        raise DrawRefused(
            [Fault(str(folder), 1, "--out", f"写不进去（{fault.strerror}）", "可写的位置")]
        ) from None


def read(folder: Path) -> dict[str, bytes]:
    """The files of a bundle that are there."""
    return {name: (folder / name).read_bytes() for name in NAMES if (folder / name).is_file()}


def seed_in(files: Mapping[str, bytes]) -> bytes:
    """The seed of a bundle that fits."""
    params = json.loads(files["params.json"])
    reveals: dict[str, str] = json.loads(files["reveals.json"])
    return draw.seed_of(
        alg=params.get("alg", "sha256"),
        population=files["population.jsonl"],
        params=files["params.json"],
        entropy=json.loads(files["entropy.json"]),
        secrets={custodian: bytes.fromhex(secret) for custodian, secret in reveals.items()},
    )


def experts_in(files: Mapping[str, bytes]) -> list[draw.Expert]:
    """The experts as they were frozen."""
    rows = [json.loads(line) for line in files["experts.jsonl"].splitlines()]
    return [
        draw.Expert(
            row["expert"], frozenset(row["specialities"]), frozenset(row["conflicts"]), int(row["room"])
        )
        for row in rows
    ]
