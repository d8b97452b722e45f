from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """Application services by edition; suppliers' products."""

    name = "yunquan.catalogue"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "目录"
