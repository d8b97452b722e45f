"""A second look stands on the officials' fixtures: a moment, a logged-in client, loud templates."""

from tests.desks.officials import enter, loud_templates, moment

__all__ = ["enter", "loud_templates", "moment"]
