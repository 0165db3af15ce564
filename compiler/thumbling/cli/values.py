# SPDX-License-Identifier: MIT
"""Reads the values of options: sizes, times, numbers per feature, lists of targets."""

from __future__ import annotations

import math
import re
from pathlib import Path

from thumbling.errors import OptionError, did_you_mean
from thumbling.frontends.file_content import file_content
from thumbling.options import TARGETS

_SIZES = {
    "": 1,
    "b": 1,
    "k": 1024,
    "kb": 1000,
    "kib": 1024,
    "m": 1 << 20,
    "mb": 10**6,
    "mib": 1 << 20,
}
_TIMES = {"": 1.0, "us": 1.0, "µs": 1.0, "ms": 1e3, "s": 1e6}


def size(text: str | None, option: str) -> int | None:
    """Bytes: `65536`, `64K`, `64KiB`."""
    if text is None:
        return None
    number, unit = _split(text)
    if number is None or unit not in _SIZES:
        raise OptionError(f"{option} {text!r} is no size", hint="write 65536, 64K or 64KiB")
    return int(number * _SIZES[unit])


def microseconds(text: str | None, option: str) -> float | None:
    """Time: `500us`, `1.5ms`; a bare number is microseconds."""
    if text is None:
        return None
    number, unit = _split(text)
    if number is None or unit not in _TIMES:
        raise OptionError(f"{option} {text!r} is no time", hint="write 500us, 1.5ms or 1s")
    return number * _TIMES[unit]


def _split(text: str) -> tuple[float | None, str]:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zµ]*)\s*", text.lower())
    return (float(match[1]), match[2]) if match else (None, "")


def per_feature(text: str | None, option: str) -> float | tuple[float, ...] | None:
    """A number for all features, numbers with commas, or a file with one number per feature."""
    if text is None:
        return None
    try:
        numbers = tuple(_finite(word, option) for word in text.split(","))
        return numbers if len(numbers) > 1 else numbers[0]
    except ValueError:
        pass
    try:
        content = file_content(Path(text), most=1 << 30, error=OptionError, hint="")
        words = content.decode("utf-8").replace(",", " ").split()
    except (OptionError, UnicodeDecodeError) as error:
        raise OptionError(
            f"{option} {text!r} is neither numbers nor a file that can be read",
            hint="give one number, one per feature with commas, or a text file of them",
        ) from error
    try:
        return tuple(_finite(word, option) for word in words)
    except ValueError as error:
        raise OptionError(
            f"{option}: {Path(text).name} holds something else than numbers",
            hint="one number per feature, apart by commas, spaces or line ends",
        ) from error


def scale(text: str | None, option: str) -> float | tuple[float, ...] | str | None:
    """As `per_feature`, or the word auto."""
    return text if text == "auto" else per_feature(text, option)


def _finite(text: str, option: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise OptionError(f"{option} {text!r} is not finite", hint="give a finite number")
    return value


def targets(text: str, option: str) -> tuple[str, ...]:
    """`host,unicorn` or `none`; each target once."""
    if text.strip() == "none":
        return ()
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in TARGETS:
            hint = f"{did_you_mean(name, TARGETS)} known targets: {known_targets()}"
            raise OptionError(f"{option} {name!r} is no target", hint=hint.strip())
    return names


def known_targets() -> str:
    """The names of all targets, for messages."""
    return ", ".join(TARGETS)
