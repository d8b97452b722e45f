"""The tiny site as a settings module: `pytest --ds tests.desks.shared.small_settings tests/desks/shared`."""

import tempfile

from tests.desks.shared.small_site import settings_of

globals().update(settings_of(tempfile.gettempdir()))
