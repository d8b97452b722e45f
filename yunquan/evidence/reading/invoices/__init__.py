"""Reads invoices in every form in which they come (D47-5.14)."""
