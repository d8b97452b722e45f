"""How people log in: accounts are opened by registration or by an administrator, never by a bare sign-up."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Closes the library's own sign-up page: the registration page opens account and party together."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
