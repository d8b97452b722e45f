"""Finds documents that are alike, whatever was changed in them; what is alike is shown, never judged."""
