from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The supplier desk's pages."""

    name = "yunquan.desks.supplier"
    label = "desk_supplier"
