"""Random bundles of every shape, and one small change to one of their files."""

from __future__ import annotations

import random
from typing import Any

from yunquan.kernel import draw
from yunquan.kernel.canonical import canonical_json
from yunquan.policy.drawing import bundle
from yunquan.policy.drawing.freezing import freeze
from yunquan.policy.drawing.reading import Source

# ASCII, Chinese, a sign beyond the basic plane and one that sorts differently by UTF-16, quotes and slashes.
_LETTERS = 'AZaz09-:云券深圳é\U00020000\U0001f600\uffe6"\\/'
_STRATA = ("深圳", "汕尾", "东莞/设备", "\uffe6", "\U00020000")


def _names(dice: random.Random, most: int) -> list[str]:
    found = {"".join(dice.choices(_LETTERS, k=dice.randint(1, 6))) for _ in range(dice.randint(1, most))}
    return sorted(found, key=lambda _: dice.random())


def _lines(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(canonical_json(row) + b"\n" for row in rows)


def random_bundle(dice: random.Random) -> dict[str, bytes]:
    """A bundle with one to five strata, with and without exclusions, experts, silent custodians, fallbacks."""
    alg = dice.choice(["sha256", "sm3"])
    names = [f"{name}{place}" for place, name in enumerate(_names(dice, 14))]
    population = []
    for stratum in dice.sample(_STRATA, dice.randint(1, 3)):
        for _ in range(dice.randint(2, 7)):
            ref = f"{dice.choice(names)}{len(population)}"
            weight, mandatory = dice.choice([1, 1, 1, 2, 5, 64]), dice.random() < 0.15
            population.append({"mandatory": mandatory, "ref": ref, "stratum": stratum, "weight": weight})
    dice.shuffle(population)
    den = dice.randint(1, 12)
    sources, draw_id = _names(dice, 3), dice.choice(["2019-H2-01", "抽查 7", '"'])
    params: dict[str, Any] = {
        "den": den, "draw_id": draw_id, "entropy": sources, "num": dice.randint(1, den), "wmax": 64,
    }  # fmt: skip
    if alg == "sm3" or dice.random() < 0.7:
        params["alg"] = alg
    else:
        alg = "sha256"
    if dice.random() < 0.3:
        params["fallback"] = {sources[0]: sources[0] + "+"}
        if sources[0] + "+" in sources:
            del params["fallback"]
    if dice.random() < 0.3:
        params["plan"] = "gd-2018@0123456789ab 2019 年已兑付服务券"
    excluded = [{"reason": "已注销", "ref": f"x{place}"} for place in range(dice.choice([0, 0, 1, 3]))]
    refs = [row["ref"] for row in population]
    experts = [
        {
            "conflicts": dice.sample(refs, dice.choice([0, 0, 1, 2])),
            "expert": f"E{place}",
            "room": dice.randint(0, 9),
            "specialities": dice.sample(["设备", "财务", "云"], dice.randint(0, 3)),
        }
        for place in range(dice.choice([0, 0, 2, 5]))
    ]
    secrets = {custodian: dice.randbytes(dice.choice([16, 32, 32, 40])) for custodian in _names(dice, 4)}
    commits = {
        custodian: draw.commitment(alg=alg, draw_id=draw_id, custodian=custodian, secret=secret).hex()
        for custodian, secret in secrets.items()
    }
    is_committed = dice.random() < 0.5
    frozen = freeze(
        population=Source("population.jsonl", _lines(population)),
        params=Source("params.json", canonical_json(params)),
        excluded=Source("excluded.jsonl", _lines(excluded)),
        experts=Source("experts.jsonl", _lines(experts)),
        commits=Source("commits.json", canonical_json(commits)) if is_committed else None,
    )
    if is_committed and len(secrets) > 1 and dice.random() < 0.5:
        del secrets[dice.choice(sorted(secrets))]
    spare = params.get("fallback", {})
    values = {
        spare[name] if name in spare and dice.random() < 0.5 else name: "".join(dice.choices(_LETTERS, k=5))
        for name in sources
    }
    return bundle.draw_frozen(frozen, secrets=secrets, values=values)


def change_one(dice: random.Random, files: dict[str, bytes]) -> tuple[str, dict[str, bytes]]:
    """The same bundle with one byte of one file changed, lost or added; gives the file's name too."""
    name = dice.choice(bundle.NAMES)
    content = bytearray(files[name])
    how = dice.choice(["change", "change", "change", "lose", "add"]) if content else "add"
    # Digits and letters turn into others of their kind often enough to leave the form as it was.
    value = dice.choice([dice.randrange(256), ord(dice.choice('0123456789abcdef"{}[],:.\\ \n'))])
    place = dice.randrange(len(content) + (how == "add"))
    if how == "change":
        content[place] = value if content[place] != value else value ^ 1
    elif how == "lose":
        del content[place]
    else:
        content.insert(place, value)
    return name, {**files, name: bytes(content)}


def change_meaning(dice: random.Random, files: dict[str, bytes]) -> dict[str, bytes]:
    """The same bundle with one digit or flag changed such that its form is still right, and a new seal on it."""
    name = dice.choice([name for name in bundle.NAMES[:-1] if files[name]])
    content = bytearray(files[name])
    digits = [place for place, value in enumerate(content) if chr(value) in "123456789"]
    if not digits:
        return change_one(dice, files)[1]
    place = dice.choice(digits)
    content[place] = ord(dice.choice([one for one in "123456789" if ord(one) != content[place]]))
    changed = {**files, name: bytes(content)}
    return {**changed, bundle.CODE: bundle.stamped(changed)}
