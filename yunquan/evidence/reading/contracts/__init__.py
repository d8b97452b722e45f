"""Reads contracts (D47-5.10, D47-A1.3): proposals for the form, never decisions."""
