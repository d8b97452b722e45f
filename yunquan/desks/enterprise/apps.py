from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The enterprise desk's pages."""

    name = "yunquan.desks.enterprise"
    label = "desk_enterprise"
