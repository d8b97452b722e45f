"""Write the generated parts of the docs: life cycles, permissions, glossary tables (`make docs`).

`generated()` gives each file's text; a test holds the committed files equal to it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START, END = "<!-- generated: do not edit below; run `make docs` -->", "<!-- end of the generated part -->"
HEAD = "<!-- Generated from the code by `make docs`; a test holds it equal. -->\n\n"


def generated() -> dict[Path, str]:
    """Every generated file of the docs with its text; needs Django to be set up."""
    glossary = ROOT / "docs" / "glossary.md"
    return {
        ROOT / "docs" / "lifecycles.md": _lifecycles(),
        ROOT / "docs" / "permissions.md": _permissions(),
        glossary: _between(glossary.read_text(encoding="utf-8"), _glossary()),
    }


def _between(text: str, made: str) -> str:
    before, after = text.split(START)[0], text.split(END)[-1]
    return f"{before}{START}\n\n{made}\n{END}{after}"


def _roles() -> dict[str, str]:
    from yunquan.policy.roles import Role

    return {role.value: role.label for role in Role}


def _lifecycles() -> str:
    from yunquan.desks.shared.acts import LIFECYCLES

    roles = _roles()
    parts = ["# Life cycles 生命周期\n\n", HEAD]
    for cycle in LIFECYCLES:
        parts.append(f"## {cycle.label} `{cycle.noun}`\n\n")
        parts.append("| action | from | to | who | article | checks |\n|---|---|---|---|---|---|\n")
        for row in cycle.rows:
            sources = "、".join(cycle.states[source] for source in row.sources)
            who = "、".join(roles[role] for role in row.roles)
            checks = ", ".join(f"`{check.__name__}`" for check in row.checks)
            action = f"{cycle.actions[row.action]} `{row.action}`"
            parts.append(
                f"| {action} | {sources} | {cycle.states[row.target]} | {who} | {row.article} | {checks} |\n"
            )
        parts.append(f"\n```mermaid\n{cycle.mermaid(roles)}\n```\n\n")
    return "".join(parts).rstrip() + "\n"


def _permissions() -> str:
    from yunquan.desks.shared.acts import LIFECYCLES

    roles = _roles()
    parts = ["# Who may do what 岗位权限\n\n", HEAD]
    for role, label in roles.items():
        lines = [
            f"- {cycle.label}："
            + "、".join(dict.fromkeys(cycle.actions[r.action] for r in cycle.rows if role in r.roles))
            for cycle in LIFECYCLES
            if any(role in row.roles for row in cycle.rows)
        ]
        parts.append(f"## {label} `{role}`\n\n" + ("\n".join(lines) or "只读，或只管理账号。") + "\n\n")
    return "".join(parts).rstrip() + "\n"


def _glossary() -> str:
    from django.apps import apps

    from yunquan.desks.shared.acts import LIFECYCLES

    parts = ["### Roles 岗位\n\n| code | 中文 |\n|---|---|\n"]
    parts += [f"| `{code}` | {label} |\n" for code, label in _roles().items()]
    parts.append("\n### Tables 表\n\n| model | what it is |\n|---|---|\n")
    for config in sorted(apps.get_app_configs(), key=lambda config: config.name):
        if not config.name.startswith("yunquan."):
            continue
        for model in sorted(config.get_models(), key=lambda model: model.__name__):
            meaning = (model.__doc__ or "").strip().splitlines()[0]
            parts.append(f"| `{config.label}.{model.__name__}` | {meaning} |\n")
    parts.append("\n### States and actions 状态与动作\n\n| noun | code | 中文 | kind |\n|---|---|---|---|\n")
    for cycle in LIFECYCLES:
        parts += [f"| {cycle.label} | `{code}` | {label} | state |\n" for code, label in cycle.states.items()]
        parts += [
            f"| {cycle.label} | `{code}` | {label} | action |\n" for code, label in cycle.actions.items()
        ]
    return "".join(parts)


def main() -> int:
    """Write the files; gives 0."""
    import tempfile

    os.environ.setdefault("YUNQUAN_DIR", tempfile.mkdtemp())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunquan.config.settings")
    import django

    django.setup()
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
