"""What tests and benchmarks stand on: a PostgreSQL server of their own, browsers, and system packages."""
