"""Plain Python that every floor may stand on; it knows no domain and no framework."""
