"""The examples that stand in docstrings hold, in every module that has one."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import yunquan

HOUSE = Path(yunquan.__file__).parent


def modules_with_examples() -> list[str]:
    """The dotted names of the modules whose text shows an example."""
    return [
        ".".join(("yunquan", *path.relative_to(HOUSE).with_suffix("").parts))
        for path in sorted(HOUSE.rglob("*.py"))
        if ">>> " in path.read_text(encoding="utf-8")
    ]


def test_every_example_in_a_docstring_holds() -> None:
    named = modules_with_examples()
    assert "yunquan.policy.drawing.beacons" in named
    wrong = {name: doctest.testmod(importlib.import_module(name)) for name in named}
    assert [name for name, run in wrong.items() if run.failed] == []
    assert [name for name, run in wrong.items() if not run.attempted] == []


def test_an_example_that_is_wrong_is_found() -> None:
    example = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    told: list[str] = []
    assert doctest.DocTestRunner().run(example, out=told.append).failed == 1
