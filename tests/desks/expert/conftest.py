"""The officials' fixtures and the telephones, for every test of this desk."""

from tests.desks.expert.devices import chromium, device
from tests.desks.officials import enter, loud_templates, moment

__all__ = ["chromium", "device", "enter", "loud_templates", "moment"]
