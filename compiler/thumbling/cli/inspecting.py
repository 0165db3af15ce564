# SPDX-License-Identifier: MIT
"""Finds out which model a folder, an ELF or a board holds."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any

from thumbling.api import OutputFolder
from thumbling.codegen.descriptor import find_descriptors
from thumbling.elf import Elf
from thumbling.errors import ModelError
from thumbling.firmware import read_facts

# thb_app_t on a 32-bit core: id, in_bytes, out_bytes, name, version, predict (compiler/README.md).
_APP = struct.Struct("<8sIIIIII")
_MAX_TEXT = 256
_MOST_NAMES, _MOST_OUTPUTS = 20, 4  # of classes, so that a screen holds them


def inspect_path(path: Path) -> dict[str, Any]:
    """The manifest of an output folder, or what any ELF says of the models in it."""
    if path.is_dir():
        return OutputFolder.open(path).manifest
    try:
        return _inspect_elf(path.name, Elf.read(path))
    except FileNotFoundError as error:
        raise ModelError(
            f"there is no file {path.name}", hint="check the path of the folder or ELF"
        ) from error
    except (OSError, ValueError, struct.error) as error:
        raise ModelError(
            f"{path.name} is no output folder and no ELF file",
            hint="name a folder that `thumbling compile` made, or the ELF of a program",
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
    if others := document.get("others"):
        shown["other models"] = ", ".join(f"{o['name']} ({o['model']['id']})" for o in others)
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


def _inspect_elf(name: str, elf: Elf) -> dict[str, Any]:
    app = elf.symbol("thb_app")
    if app is None:
        return _described(name, elf)
    if app.size != _APP.size:
        raise ModelError(
            f"{name} was built by another version of thumbling: its thb_app has another size",
            hint="compile the model again, or inspect it with that version",
        )
    facts = read_facts(elf)
    raw = elf.bytes_at(app.address, _APP.size)
    model_id, in_bytes, out_bytes, name_at, version_at, *_ = _APP.unpack(raw)
    return {
        "tool": "thumbling",
        "name": _text_at(elf, name_at),
        "version": _text_at(elf, version_at),
        "board": facts.pop("board", None),
        "model": {**facts, "id": model_id.hex()},
        "in_bytes": in_bytes,
        "out_bytes": out_bytes,
    }


def _described(name: str, elf: Elf) -> dict[str, Any]:
    """What the descriptors in a program of the user's say: of the first, the others in `others`."""
    models = [
        _described_model(fields)
        for section in elf.sections
        if section.loaded
        for fields in find_descriptors(section.data, little_endian=elf.little_endian)
    ]
    if not models:
        raise ModelError(
            f"{name} holds no model of thumbling, or its linker dropped the descriptor",
            hint="name a firmware.elf that thumbling built; a program of your own keeps the"
            " descriptor of a model NAME with the linker option -Wl,-u,NAME_model",
        )
    first, *others = models
    return {**first, "others": others} if others else first


def _described_model(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "tool": "thumbling",
        "name": fields["name"],
        "version": fields["version"],
        "board": None,
        "model": {
            "source": fields["source"],
            "input": {"type": fields["input_type"], "features": fields["n_features"]},
            "outputs": re.findall(r"(\w+)\[", fields["outputs"]),
            "id": fields["id"].hex(),
        },
        "abi": fields["abi"],
        "in_bytes": fields["in_bytes"],
        "out_bytes": fields["out_bytes"],
    }


def _text_at(elf: Elf, address: int) -> str:
    return elf.bytes_at(address, _MAX_TEXT).partition(b"\0")[0].decode("utf-8", "replace")
