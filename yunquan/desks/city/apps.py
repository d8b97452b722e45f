from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The city desk's pages."""

    name = "yunquan.desks.city"
    label = "desk_city"
