"""What can keep a file out of the store, each with what to do about it."""

from __future__ import annotations


class LoadRefused(Exception):
    """The file is not taken: which place in it is wrong, why, and what was expected. Nothing of it is kept."""

    def __init__(self, *, file: str, reason: str, expected: str, line: int = 0, column: str = "") -> None:
        self.file, self.line, self.column = file, line, column
        self.reason, self.expected = reason, expected
        super().__init__(str(self))

    def __str__(self) -> str:
        """`file:line:column: reason；应为：expected`, the line and column left out where there is none.

        >>> str(LoadRefused(file="a.csv", line=3, column="end", reason="时间没有时区", expected="带时区"))
        'a.csv:3:end: 时间没有时区；应为：带时区'
        """
        place = [self.file]
        if self.line:
            place.append(str(self.line))
        if self.column:
            place.append(self.column)
        return f"{':'.join(place)}: {self.reason}；应为：{self.expected}"


class StoreBusy(Exception):
    """Another loader is writing to the store."""


class StoreFailed(Exception):
    """The store could not be written: no room left, a size limit, no permission. What stood in it stands."""
