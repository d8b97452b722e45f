from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The admin desk's pages."""

    name = "yunquan.desks.admin"
    label = "desk_admin"
