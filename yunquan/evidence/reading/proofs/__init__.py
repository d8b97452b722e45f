"""Reads proofs of payment: bank receipts and statements (D47-5.11, D47-5.14); proposals for the form."""
