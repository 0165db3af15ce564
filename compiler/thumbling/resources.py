# SPDX-License-Identifier: MIT
"""Where the files that are not Python live: C runtime, boards, firmware templates."""

from __future__ import annotations

from pathlib import Path

from thumbling.errors import InternalError


def data_dir(name: str) -> Path:
    """The folder `name` (`runtime_c`, `boards` or `firmware_templates`) as a real path.

    In an installed wheel it lies in `_data` beside this file, in a checkout two levels up. Real
    paths, because compilers read them.

    Raises InternalError when neither place has it: the installation is damaged.
    """
    package = Path(__file__).resolve().parent
    installed = package / "_data" / name
    checkout = package.parents[1] / name
    for folder in (installed, checkout):
        if folder.is_dir():
            return folder
    raise InternalError(
        f"the data folder {name!r} is neither at {installed} nor at {checkout}",
        hint="reinstall thumbling: pip install --force-reinstall thumbling",
    )
