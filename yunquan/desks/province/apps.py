from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The province desk's pages."""

    name = "yunquan.desks.province"
    label = "desk_province"
