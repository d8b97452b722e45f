"""The officials' fixtures, for every test of this desk."""

from tests.desks.officials import enter, loud_templates, moment

__all__ = ["enter", "loud_templates", "moment"]
