"""One engine for every life cycle: a table of rows, read as sentences, decides every step.

A row says *action | from | to | who | article | checks*. The engine knows no database: it is asked
what may happen and answers with the row or with every refusal at once. Writing the answer down is
`yunquan.journal.actions.move`, the only code that assigns a state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from yunquan.kernel.refusal import Refusal

Facts = Mapping[str, Any]
Check = Callable[[Facts], "Refusal | Iterable[Refusal] | None"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an opaque person id, one role, one organisation; no personal data.

    `operator` names the third-party operator when the act is done for a bureau (D47-7), and
    `acts` what was delegated to it.
    """

    person: str
    role: str
    org: str
    operator: str = ""
    acts: tuple[str, ...] = ()

    def may(self, act: str) -> bool:
        """Whether an operator was given the act; everyone else's role alone decides (D47-7)."""
        return not self.operator or act in self.acts


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence of a life cycle: who may take which action from where to where, by which article."""

    action: str
    sources: tuple[str, ...]
    target: str
    roles: tuple[str, ...]
    article: str
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The engine's answer: the row that applies, or the reasons why none does."""

    row: Row | None
    refusals: tuple[Refusal, ...]


class Lifecycle:
    """A noun's states, actions and rows, with their Chinese labels.

    Raises ValueError when the table contradicts itself: an unknown state, the same action twice
    from one state, a row out of a final state that is not listed as an exception.
    """

    def __init__(
        self,
        *,
        noun: str,
        label: str,
        states: Mapping[str, str],
        actions: Mapping[str, str],
        rows: Iterable[Row],
        initial: str,
        final: Iterable[str] = (),
    ) -> None:
        self.noun, self.label, self.initial = noun, label, initial
        self.states, self.actions = dict(states), dict(actions)
        self.final = frozenset(final)
        self.rows = tuple(rows)
        self._by_step: dict[tuple[str, str], Row] = {}
        for row in self.rows:
            unknown = {row.target, *row.sources} - set(self.states)
            if unknown:
                raise ValueError(f"{noun}: row {row.action!r} names unknown states {sorted(unknown)}")
            if row.action not in self.actions:
                raise ValueError(f"{noun}: action {row.action!r} has no label")
            for source in row.sources:
                if (row.action, source) in self._by_step:
                    raise ValueError(f"{noun}: action {row.action!r} stands twice for state {source!r}")
                if source in self.final:
                    raise ValueError(f"{noun}: final state {source!r} has a way out")
                self._by_step[row.action, source] = row

    def row(self, action: str, state: str) -> Row | None:
        """The row for an action from a state, or None."""
        return self._by_step.get((action, state))

    def offers(self, state: str, role: str) -> tuple[Row, ...]:
        """The rows that a role may take from a state: the buttons of a page, the API's operations."""
        return tuple(row for row in self.rows if state in row.sources and role in row.roles)

    def offers_to(self, state: str, actor: Actor) -> tuple[Row, ...]:
        """The same for a person: an operator is offered what was delegated, nothing else (D47-7)."""
        return tuple(row for row in self.offers(state, actor.role) if actor.may(f"{self.noun}.{row.action}"))

    def decide(self, action: str, *, state: str, role: str, facts: Facts) -> Decision:
        """Ask the table; collect every refusal of every check, not just the first."""
        if action not in self.actions:
            raise ValueError(f"{self.noun}: no action {action!r}")
        row = self.row(action, state)
        article = next((r.article for r in self.rows if r.action == action), "")
        if row is None:
            return Decision(None, (self._not_from_here(action, state, article),))
        if role not in row.roles:
            return Decision(None, (self._not_your_role(action, row.article),))
        refusals: list[Refusal] = []
        for check in row.checks:
            found = check(facts)
            if found is None:
                continue
            refusals.extend([found] if isinstance(found, Refusal) else found)
        return Decision(None if refusals else row, tuple(refusals))

    def _not_from_here(self, action: str, state: str, article: str) -> Refusal:
        return Refusal(
            "not_from_this_state",
            f"{self.label}现在是“{self.states.get(state, state)}”，不能{self.actions[action]}。",
            article,
            "可能已有人先办理了，请刷新页面查看最新状态。",
        )

    def _not_your_role(self, action: str, article: str) -> Refusal:
        return Refusal(
            "not_your_role", f"您的岗位不能{self.actions[action]}。", article, "请由负责此环节的人员办理。"
        )

    def mermaid(self, role_labels: Mapping[str, str] | None = None) -> str:
        """The life cycle as a Mermaid state diagram, for the generated docs."""
        labels = role_labels or {}
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {state}: {label}" for state, label in self.states.items()]
        for row in self.rows:
            who = "、".join(labels.get(role, role) for role in row.roles)
            for source in row.sources:
                step = f"{self.actions[row.action]}（{who}，{row.article}）"
                lines.append(f"    {source} --> {row.target}: {step}")
        lines += [f"    {state} --> [*]" for state in self.states if state in self.final]
        return "\n".join(lines)
