"""The house stands as design.md drew it: floors, one writer of states, pure checks, one scheme of file names."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "yunquan"
KERNEL = {
    "workflow.py", "refusal.py", "money.py", "calendar.py", "citation.py", "canonical.py", "merkle.py", "draw.py",
}  # fmt: skip
LONGEST = 400
# The one writer of states, and the models, whose columns declare the initial state.
WRITER = HOUSE / "journal" / "actions.py"
VAGUE = {"util", "utils", "helper", "helpers", "manager", "managers", "data", "info", "misc", "stuff"}
# Names that Django or a library gives, not we.
GIVEN = {
    "get_context_data",
    "bound_data",
    "value_omitted_from_data",
    "process_view",
    "PersonManager",
    "receive_data_chunk",
}


def sources() -> list[Path]:
    return [path for path in sorted(HOUSE.rglob("*.py")) if "migrations" not in path.parts]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def state_writes(module: ast.Module) -> Iterator[int]:
    """The lines that write a state: an assignment, an update of rows, or setattr by that name."""
    for node in ast.walk(module):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Attribute) and part.attr == "state":
                    yield node.lineno
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("update", "bulk_update", "update_or_create", "setattr"):
            named = {keyword.arg for keyword in node.keywords}
            texts = {
                part.value
                for argument in [*node.args, *(keyword.value for keyword in node.keywords)]
                for part in ast.walk(argument)
                if isinstance(part, ast.Constant)
            }
            if "state" in named or (name in ("bulk_update", "setattr") and "state" in texts):
                yield node.lineno


def imports(module: ast.Module) -> set[str]:
    """The top names of everything that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def vague_names(module: ast.Module) -> Iterator[str]:
    """Functions and classes whose names say nothing."""
    for node in ast.walk(module):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name in GIVEN:
            continue
        words = set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name).lower().split("_"))
        if words & VAGUE or node.name.startswith(("handle_", "process_")):
            yield node.name


def test_nothing_points_up_and_no_import_is_excused() -> None:
    linted = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert linted.returncode == 0, linted.stdout[-2000:]
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    floors = next(contract for contract in settings["contracts"] if contract["type"] == "layers")
    assert floors["exhaustive"] is True
    assert not any(contract.get("ignore_imports") for contract in settings["contracts"])


def test_the_kernel_is_a_closed_list() -> None:
    found = {path.name for path in (HOUSE / "kernel").glob("*.py")} - {"__init__.py"}
    assert found <= KERNEL
    assert not [path for path in (HOUSE / "kernel").iterdir() if path.is_dir() and path.name != "__pycache__"]


def test_one_writer_changes_states() -> None:
    written = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in sources()
        if path != WRITER
        for line in state_writes(tree(path))
    }
    assert written == set()


@pytest.mark.parametrize(
    "planted",
    [
        "voucher.state = 'paid'",
        "self.row.state, x = 'paid', 1",
        "Voucher.objects.filter(pk=1).update(state='paid')",
        "setattr(voucher, 'state', 'paid')",
        "Voucher.objects.bulk_update(rows, ['state'])",
    ],
)
def test_a_planted_state_change_is_found(planted: str) -> None:
    assert list(state_writes(ast.parse(planted))) == [1]


@pytest.mark.parametrize("pure", ["kernel", "policy", "papers", "checks.py"])
def test_kernel_policy_papers_and_every_check_know_no_django(pure: str) -> None:
    paths = list(HOUSE.rglob(pure)) if pure.endswith(".py") else list((HOUSE / pure).rglob("*.py"))
    assert paths
    for path in paths:
        assert not imports(tree(path)) & {"django", "ninja"}, path


def test_kernel_and_policy_read_no_clock() -> None:
    for folder in ("kernel", "policy"):
        for path in (HOUSE / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"datetime\.now\(|date\.today\(|time\.time\(|utcnow\(", text), path


def test_actions_are_told_the_time_and_never_look_it_up() -> None:
    reading = re.compile(r"timezone\.now\(|datetime\.now\(|date\.today\(|clock\.(read|today)\(")
    nouns = ("vouchers", "settlement", "parties", "programme", "catalogue", "evidence", "usage", "ledger")
    for noun in nouns:
        for path in (HOUSE / noun).rglob("*.py"):
            if "commands" in path.parts:
                continue  # A command is where a person comes in, as a page is: it tells the action the time.
            assert not reading.search(path.read_text(encoding="utf-8")), path


def nouns() -> list[Path]:
    """The folders that keep tables of the domain."""
    found = [path.parent for path in HOUSE.glob("*/models.py") if path.parent.name != "api"]
    return sorted([*found, *(path.parent.parent for path in HOUSE.glob("*/models/__init__.py"))])


@pytest.mark.parametrize("noun", nouns(), ids=lambda path: path.name)
def test_every_noun_has_the_same_file_names(noun: Path) -> None:
    have = {path.stem for path in noun.iterdir()}
    assert have >= {"models", "actions", "queries", "apps", "migrations"}
    label = noun.name
    living = [model for model in apps.get_app_config(label).get_models() if hasattr(model, "lifecycle")]
    if living:
        assert have >= {"lifecycle", "checks", "access"}
        # A row is named in the log by its noun and its key: `voucher:GD2018-…`.
        assert {model.lifecycle.noun for model in living} == {
            model().journal_key.split(":")[0] for model in living
        }


def test_no_name_says_nothing() -> None:
    vague = [f"{path.relative_to(ROOT)}: {name}" for path in sources() for name in vague_names(tree(path))]
    vague += [
        str(path.relative_to(ROOT)) for path in sources() if path.stem in VAGUE or path.parent.name in VAGUE
    ]
    assert vague == []


def test_files_stay_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in [*sources(), *(ROOT / "tests").rglob("*.py")]
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_no_branch_on_the_name_of_a_rule_pack() -> None:
    compared = []
    for path in sources():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Compare | ast.Match):
                continue
            texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
            if any(isinstance(text, str) and text.startswith("gd-20") for text in texts):
                compared.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert compared == []


def test_money_is_kept_as_whole_fen() -> None:
    for model in apps.get_models():
        if not model.__module__.startswith("yunquan."):
            continue
        for field in model._meta.get_fields():
            kind = type(field).__name__
            assert kind not in ("FloatField", "DecimalField"), field
            if field.name.endswith("_fen"):
                assert kind == "BigIntegerField", field


def test_dates_and_moments_are_named_for_what_they_are() -> None:
    for model in apps.get_models():
        if not model.__module__.startswith("yunquan.") or model.__name__ == "Person":
            continue
        for field in model._meta.get_fields():
            kind = type(field).__name__
            if kind == "DateField":
                assert field.name.endswith("_on") or field.name == "on", field
            if kind == "DateTimeField":
                assert field.name.endswith("_at") or field.name in ("at", "waiting_since"), field


def test_actions_take_keywords_only() -> None:
    """Every verb that the log wraps is called by name: who reads a call sees what is what."""
    loose = []
    for path in sources():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.FunctionDef):
                continue
            wrapped = any(
                isinstance(one, ast.Call) and getattr(one.func, "id", "") == "audited"
                for one in node.decorator_list
            )
            if wrapped and (node.args.args or node.args.posonlyargs):
                loose.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert loose == []
