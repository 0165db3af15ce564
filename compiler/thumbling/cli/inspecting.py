# SPDX-License-Identifier: MIT
"""Finds out which model a folder, an ELF or a board holds."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from thumbling.api import OutputFolder
from thumbling.errors import ModelError
from thumbling.firmware import read_facts

# thb_app_t on a 32-bit core: id, in_bytes, out_bytes, name, version, predict (compiler/README.md).
_APP = struct.Struct("<8sIIIII")
_MAX_TEXT = 256
_MOST_NAMES, _MOST_OUTPUTS = 20, 4  # of classes, so that a screen holds them


def inspect_path(path: Path) -> dict[str, Any]:
    """The manifest of an output folder, or what an ELF of ours says about its model."""
    if path.is_dir():
        return OutputFolder.open(path).manifest
    try:
        with path.open("rb") as file:
            return _inspect_elf(path.name, ELFFile(file))
    except FileNotFoundError as error:
        raise ModelError(
            f"there is no file {path.name}", hint="check the path of the folder or ELF"
        ) from error
    except (OSError, ELFError, ValueError, struct.error) as error:
        raise ModelError(
            f"{path.name} is no output folder and no ELF file",
            hint="name a folder that `thumbling compile` made, or its firmware.elf",
        ) from error


def inspect_board(port: str) -> dict[str, Any]:
    """What the firmware on a board says about itself."""
    from thumbling_hil.targets.serial_port import SerialTarget

    with SerialTarget(port) as target:
        identity = target.identify()
    return {
        "tool": "thumbling",
        "name": identity.name,
        "version": identity.version,
        "model": {"id": identity.model_id.hex()},
        "in_bytes": identity.in_bytes,
        "out_bytes": identity.out_bytes,
    }


def in_words(document: Mapping[str, Any]) -> dict[str, str]:
    """What of the document a reader looks for, on one screen; `--json` has all of it.

    Raises `ModelError` where somebody changed it to something else.
    """
    try:
        return _in_words(document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            "what this says of its model is damaged", hint="compile the model again"
        ) from error


def _in_words(document: Mapping[str, Any]) -> dict[str, str]:
    model = document["model"]
    given = model.get("input", {})
    shown = {
        "name": document["name"],
        "board": document.get("board"),
        "model": model.get("source"),
        "input": f"{given['features']} x {given['type']}" if given else "",
        "outputs": ", ".join(model.get("outputs", ())),
        **_classes(model.get("classes", ())),
        "model id": model["id"],
        "thumbling": document["version"],
    }
    if "in_bytes" in document:
        shown["bytes"] = f"{document['in_bytes']} in, {document['out_bytes']} out"
    if "files" in document:
        options = sorted(document["options"].items())
        shown |= {
            "built by": f"{document['builder']['name']}, {document['builder']['compiler']}",
            "options": ", ".join(f"{key} {_word(value)}" for key, value in options if value),
            "packages": ", ".join(f"{key} {text}" for key, text in document["packages"].items()),
        }
    return {key: str(value) for key, value in shown.items() if value}


def _classes(groups: Sequence[Sequence[str]]) -> dict[str, str]:
    """The names of every output's classes, as many as fit a few lines."""
    shown = {}
    for number, names in enumerate(groups):
        key = "classes" if len(groups) == 1 else f"classes of output {number}"
        rest = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        shown[key] = shorten(", ".join(names[:_MOST_NAMES]), _MAX_TEXT, placeholder=" ...") + rest
    return dict(list(shown.items())[:_MOST_OUTPUTS])


def _word(value: object) -> str:
    if not isinstance(value, list):
        return str(value)
    return ",".join(map(str, value[:4])) + (",..." if len(value) > 4 else "")


def _inspect_elf(name: str, elf: Any) -> dict[str, Any]:
    table = elf.get_section_by_name(".symtab")
    symbols = table.get_symbol_by_name("thb_app") if table is not None else None
    if not symbols:
        raise ModelError(
            f"{name} holds no model of thumbling (no symbol thb_app)",
            hint="name a firmware.elf that thumbling built and nobody stripped",
        )
    if int(symbols[0]["st_size"]) != _APP.size:
        raise ModelError(
            f"{name} was built by another version of thumbling: its thb_app has another size",
            hint="compile the model again, or inspect it with that version",
        )
    facts = read_facts(elf)
    raw = _bytes_at(elf, int(symbols[0]["st_value"]), _APP.size)
    model_id, in_bytes, out_bytes, name_at, version_at, _ = _APP.unpack(raw)
    return {
        "tool": "thumbling",
        "name": _text_at(elf, name_at),
        "version": _text_at(elf, version_at),
        "board": facts.pop("board", None),
        "model": {**facts, "id": model_id.hex()},
        "in_bytes": in_bytes,
        "out_bytes": out_bytes,
    }


def _bytes_at(elf: Any, address: int, size: int) -> bytes:
    for segment in elf.iter_segments():
        offset = address - int(segment["p_vaddr"])
        if segment["p_type"] == "PT_LOAD" and 0 <= offset < int(segment["p_filesz"]):
            return bytes(segment.data()[offset : offset + size])
    return b""


def _text_at(elf: Any, address: int) -> str:
    return _bytes_at(elf, address, _MAX_TEXT).partition(b"\0")[0].decode("utf-8", "replace")
