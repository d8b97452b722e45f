from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The auditor desk's pages."""

    name = "yunquan.desks.auditor"
    label = "desk_auditor"
