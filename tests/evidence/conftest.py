import pytest


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, settings):
    """Files of a test lie in its own folder."""
    settings.YUNQUAN_DIR = tmp_path
