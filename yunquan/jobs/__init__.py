"""Dated chores: what the clock does, idempotent, with the date as an argument."""
