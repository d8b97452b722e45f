"""接收方式: one's own mail address and mobile number, how each group of notices is taken, and single kinds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.shared.desk import HOME
from yunquan.desks.shared.forms import BaseForm, dress
from yunquan.desks.shared.perform import perform
from yunquan.dispatch import actions, channels, groups, kinds, queries
from yunquan.journal import clock
from yunquan.parties import actions as parties
from yunquan.policy.roles import Role

MAIL = [("now", "逐条发送"), ("digest", "每天早上汇总一封"), ("none", "不发邮件")]
LIKE_GROUP = ("", "与本类相同")
SHOWN = 20


class ChoiceForm(BaseForm):
    """The address and number, then a row for each group."""

    email = forms.EmailField(label="邮箱", required=False, max_length=254)
    phone = forms.CharField(label="手机", required=False, max_length=30)

    def __init__(
        self,
        *args: Any,
        chosen: dict[str, tuple[str, bool]],
        own: dict[str, tuple[str, bool]],
        received: tuple[kinds.Kind, ...],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.received = received
        for group in groups.GROUPS:
            mail, by_sms = chosen[group.code]
            self.fields[f"{group.code}-mail"] = forms.ChoiceField(
                label=f"{group.label}（{group.means}）",
                choices=MAIL,
                initial=mail,
                disabled=not channels.has_mail(),
            )
            self.fields[f"{group.code}-sms"] = forms.BooleanField(
                label=f"{group.label}同时发短信",
                required=False,
                initial=by_sms,
                disabled=not channels.has_sms(),
            )
        for kind in received:
            mail, by_sms = own.get(kind.code, ("", False))
            self.fields[f"kind-{kind.code}-mail"] = forms.ChoiceField(
                label=kind.label,
                required=False,
                choices=[LIKE_GROUP, *MAIL],
                initial=mail,
                disabled=not channels.has_mail(),
            )
            self.fields[f"kind-{kind.code}-sms"] = forms.ChoiceField(
                label=f"{kind.label}：短信",
                required=False,
                choices=[LIKE_GROUP, ("yes", "发短信"), ("no", "不发短信")],
                initial=("yes" if by_sms else "no") if mail else "",
                disabled=not channels.has_sms(),
            )
        dress(self)

    def chosen(self) -> dict[str, tuple[str, bool]]:
        """What was chosen, by group; no mail without an address."""
        said, has_address = self.cleaned_data, bool(self.cleaned_data["email"])
        return {
            group.code: (said[f"{group.code}-mail"] if has_address else "none", said[f"{group.code}-sms"])
            for group in groups.GROUPS
        }

    def own(self) -> dict[str, tuple[str, bool] | None]:
        """What was chosen for single kinds; None where both follow the group, else the group fills what is open."""
        said, whole = self.cleaned_data, self.chosen()
        found: dict[str, tuple[str, bool] | None] = {}
        for kind in self.received:
            mail, sms = said[f"kind-{kind.code}-mail"], said[f"kind-{kind.code}-sms"]
            group_mail, group_sms = whole[kind.group.code]
            if mail and not said["email"]:
                mail = "none"
            chosen = (mail or group_mail, sms == "yes" if sms else group_sms)
            found[kind.code] = chosen if mail or sms else None
        return found

    def by_group(self) -> list[dict[str, Any]]:
        """The groups with their own fields, and below each its kinds."""
        return [
            {
                "group": group,
                "mail": self[f"{group.code}-mail"],
                "sms": self[f"{group.code}-sms"],
                "kinds": [
                    {"mail": self[f"kind-{one.code}-mail"], "sms": self[f"kind-{one.code}-sms"]}
                    for one in self.received
                    if one.group.code == group.code
                ],
                "is_open": any(
                    self[f"kind-{one.code}-{way}"].value() or self[f"kind-{one.code}-{way}"].errors
                    for one in self.received
                    if one.group.code == group.code
                    for way in ("mail", "sms")
                ),
            }
            for group in groups.GROUPS
        ]


def choices(request: HttpRequest) -> HttpResponse:
    """The form and the latest messages that were sent to me."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if request.appointment is None:  # type: ignore[attr-defined]
        raise Http404
    person: Any = request.user
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    form = ChoiceForm(
        request.POST or None,
        chosen=queries.choices_of(person),
        own=queries.own_choices(person),
        received=kinds.received_by("expert" if actor.role == Role.EXPERT else actor.org),
        initial={"email": person.email, "phone": person.phone},
    )
    if request.method == "POST" and form.is_valid():
        done = perform(
            request, lambda: _keep(form, person, actor, now), then=request.path, done="已保存。", form=form
        )
        if done is not None:
            return done
    context = {
        "form": form,
        "has_mail": channels.has_mail(),
        "has_sms": channels.has_sms(),
        "sent": list(queries.sent_to(person)[:SHOWN]),
        "home": HOME.get(Role(actor.role), "/"),
    }
    answer = render(request, "shared/choices.html", context, status=422 if form.errors else 200)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _keep(form: ChoiceForm, person: Any, actor: Any, now: Any) -> Any:
    said = form.cleaned_data
    if (said["email"], said["phone"]) != (person.email, person.phone):
        kept = parties.set_contact(person=person, email=said["email"], phone=said["phone"], by=actor, now=now)
        person.email, person.phone = kept.email, kept.phone
    return actions.choose(choices=form.chosen(), own=form.own(), person=person, by=actor, now=now)
