"""Reads what a document already says; a proposal with its place in the document, never a silent decision."""
