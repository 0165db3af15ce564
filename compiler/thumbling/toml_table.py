# SPDX-License-Identifier: MIT
"""The one reader of TOML files: typed values, and messages that name file, table and key."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Self

from thumbling.errors import ThumblingError, did_you_mean


class TomlTable:
    """A file's table, or one inside it. Every method raises `error` for what is not as expected."""

    def __init__(
        self, file: str, title: str, values: Mapping[str, object], error: type[ThumblingError]
    ) -> None:
        self.file, self._title, self._values, self._error = file, title, values, error
        self._read: set[str] = set()

    @classmethod
    def read(cls, path: Path, error: type[ThumblingError], *, hint: str = "") -> Self:
        """The whole file; `hint` says what to do where it is no TOML."""
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as reason:
            raise error(
                f"{path.name} cannot be read: {reason.strerror}", hint="check its permissions"
            ) from reason
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as reason:
            raise error(f"{path.name} is not valid TOML: {reason}", hint=hint) from reason
        return cls(path.name, "", values, error)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    @property
    def where(self) -> str:
        """The file, and the table where it is not the file's own: `a.toml: [memory]`."""
        return f"{self.file}: [{self._title}]" if self._title else self.file

    def _at(self, key: str) -> str:
        return f"{self.where} {key}" if self._title else f"{self.where}: {key}"

    def bad(self, key: str, expected: str, *, hint: str = "") -> ThumblingError:
        """The error for a value that is not as expected."""
        return self._error(
            f"{self._at(key)} = {_shown(self._values[key])}: expected {expected}", hint=hint
        )

    def value(self, key: str, expected: str) -> object:
        """The value as TOML has it."""
        self._read.add(key)
        if key not in self._values:
            raise self._error(f"{self._at(key)} is missing: expected {expected}")
        return self._values[key]

    def table(self, key: str) -> Self:
        """A table inside this one."""
        value = self.value(key, "a table")
        if not isinstance(value, dict):
            raise self.bad(key, "a table")
        title = f"{self._title}.{key}" if self._title else key
        return type(self)(self.file, title, value, self._error)

    def text(self, key: str, *, empty: bool = False) -> str:
        """A text, with characters in it unless it may be `empty`."""
        value = self.value(key, "a text")
        if not isinstance(value, str) or not (value or empty):
            raise self.bad(key, "a text" if empty else "a text that is not empty")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of the choices."""
        expected = f"one of {', '.join(choices)}"
        value = self.value(key, expected)
        if not isinstance(value, str) or value not in choices:
            raise self.bad(key, expected, hint=did_you_mean(str(value), choices))
        return value

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self.value(key, "true or false")
        if not isinstance(value, bool):
            raise self.bad(key, "true or false")
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        """An integer of a range."""
        expected = f"an integer from {low} to {high}"
        value = self.value(key, expected)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.bad(key, expected)
        return value

    def real(self, key: str, low: float, high: float) -> float:
        """A number of a range."""
        expected = f"a number from {low:g} to {high:g}"
        value = self.value(key, expected)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.bad(key, expected)
        if not low <= value <= high:
            raise self.bad(key, expected)
        return float(value)

    def refuse_unread(self, known: Collection[str] | None = None) -> None:
        """A key nobody reads is a typing error, not a comment. `known` are all, or those read."""
        keys = sorted(self._read) if known is None else list(known)
        for key in self._values:
            if key not in keys:
                near = did_you_mean(key, keys)
                hint = f"{near} known keys: {', '.join(keys)}".strip()
                raise self._error(f"{self._at(key)} is not a key of this table", hint=hint)


def _shown(value: object) -> str:
    if isinstance(value, str):
        text = f'"{value}"'
    else:
        text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"a {type(value).__name__}"
