"""Readers that stand ready end with the tests that used them."""

from tests.evidence.reading.conftest import readers_end as readers_end
