# SPDX-License-Identifier: MIT
"""Writes the model's C and a complete PlatformIO project around it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from thumbling.boards import Board
from thumbling.errors import InternalError
from thumbling.firmware.facts import assembler_facts
from thumbling.resources import data_dir

if TYPE_CHECKING:
    from thumbling.codegen.cmodel import CModel

OPTIMIZATIONS: Final = ("-Os", "-O2", "-O3")
STACK_RESERVE: Final = 1024
_PLAIN_SOURCES: Final = (
    "main.c",
    "startup.c",
    "thb_app.h",
    "thb_board.c",
    "thb_board.h",
    "thb_frame.c",
    "thb_frame.h",
    "thb_memory.c",
)


def render_project(model: CModel, board: Board, folder: Path, *, optimization: str = "-Os") -> None:
    """Writes `folder/src` (model and the runtime files it names) and `folder/firmware`.

    `folder/src` is what a user drops into a project of their own: `*.c`, the model's header and
    `thumbling/*.h`, with `src` on the include path; beside them `<name>_data.bin`, the block of
    constants, where the model has one. `folder/firmware` is a PlatformIO project that
    holds the same files in `src/model`. `optimization` is the compiler flag for all of it.
    Files are written, nothing is deleted.
    """
    if optimization not in OPTIMIZATIONS:
        raise InternalError(f"optimization {optimization!r} is none of {', '.join(OPTIMIZATIONS)}")
    model_files = _model_files(model)
    _write(folder / "src", model_files)
    if model.block is not None:
        (folder / "src" / f"{model.name}_data.bin").write_bytes(model.block)
    firmware = folder / "firmware"
    _write(firmware / "src" / "model", model_files)
    _write(firmware, _project_files(model, board, optimization))


def _model_files(model: CModel) -> dict[str, str]:
    runtime = data_dir("runtime_c")
    files = dict(model.files)
    for name in model.runtime_files:
        path = Path(name)
        target = f"thumbling/{path.name}" if path.suffix == ".h" else path.name
        if target in files:
            raise InternalError(f"the model {model.name} and the runtime both have a {target}")
        files[target] = (runtime / path).read_text(encoding="utf-8")
    return files


def _project_files(model: CModel, board: Board, optimization: str) -> dict[str, str]:
    templates = data_dir("firmware_templates")
    drivers = (f"clock_{board.mcu}.c", f"{board.gpio.kind}.c", f"uart_{board.uart.kind}.c")
    plain = (*_PLAIN_SOURCES, *drivers)
    files = {f"src/{name}": (templates / name).read_text(encoding="utf-8") for name in plain}
    files["extra_script.py"] = (templates / "extra_script.py").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,
    )
    values = {
        "board": board,
        "model": model,
        "model_id": ", ".join(f"0x{byte:02X}" for byte in model.model_id),
        "optimization": optimization,
        "pin": lambda name: int(name[2:]),
        "port": lambda name: "ABCDEF".index(name[1]),
        "stack_reserve": STACK_RESERVE,
        "facts": assembler_facts({"board": board.platformio.board, **model.facts}),
    }
    for name, target in (
        ("board.ld.j2", "board.ld"),
        ("platformio.ini.j2", "platformio.ini"),
        ("thb_app.c.j2", "src/thb_app.c"),
        ("thb_app_buffers.h.j2", "src/thb_app_buffers.h"),
        ("thb_config.h.j2", "src/thb_config.h"),
    ):
        files[target] = environment.get_template(name).render(values)
    return files


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in sorted(files.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
