from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The expert desk's pages."""

    name = "yunquan.desks.expert"
    label = "desk_expert"
