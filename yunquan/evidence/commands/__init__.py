"""Commands of the evidence, which run without the platform's database."""
