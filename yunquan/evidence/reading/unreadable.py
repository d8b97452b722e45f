"""The one way in which a reader says that a file can't be read."""

from __future__ import annotations


class UnreadableError(Exception):
    """A file can't be read; the message is the reason in Chinese, for whoever uploaded it."""
