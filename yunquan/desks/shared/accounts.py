"""How people log in: accounts are opened by registration or by an administrator, never by a bare sign-up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Closes the library's own sign-up page: the registration page opens account and party together."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: Any, password: str) -> None:
        """A password that the person chose is no first password any more."""
        user.password_is_first = False
        super().set_password(user, password)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to one's desk."""
        return "/desk/"
