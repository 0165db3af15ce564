# SPDX-License-Identifier: MIT
"""Puts what a compile measured into the report, the page and the manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thumbling.boards import Board
from thumbling.firmware import Build, read_memory
from thumbling.generated import Generated
from thumbling.ir import Graph, model_id
from thumbling.ir.ports import feature_names
from thumbling.pipeline import Compilation
from thumbling.report import (
    Inference,
    ModelInfo,
    ReleaseInfo,
    Report,
    Verification,
)
from thumbling.report.html import render_html
from thumbling.report.manifest import build_manifest
from thumbling.version import __version__
from thumbling_hil.cost import Cost, measure_cost

COST_SAMPLES = 32
_HASHED = (
    "src/**/*.[ch]",
    "src/*.bin",
    "firmware/**/*",
    "firmware.elf",
    "model.json",
    "vectors.npz",
)


def _n_outputs(graph: Graph) -> int:
    classes = sum(len(names) for names in graph.class_names)
    return classes or graph.n_out


def _release(generated: Generated) -> ReleaseInfo | None:
    """The release that trained the model; a graph that was given has none."""
    release = generated.source.release if isinstance(generated, Compilation) else None
    if release is None:
        return None
    return ReleaseInfo(trained=release.trained, installed=release.installed, note=release.note)


def report_of(
    *,
    generated: Generated,
    board: Board,
    build: Build | None,
    verification: tuple[Verification, ...],
    options: Mapping[str, Any],
    command: str,
    timed: bool,
) -> Report:
    """The report; where `timed`, with the cost of the built image in the embedded emulator."""
    cost = None
    if build is not None and board.emulators.unicorn and timed:
        cost = _cost(generated, board, build)
    graph = generated.graph
    return Report(
        name=graph.name,
        board=board.platformio.board,
        core=board.core,
        f_cpu_hz=board.f_cpu_hz,
        model=ModelInfo(
            source=graph.source,
            n_features=graph.n_features,
            n_outputs=_n_outputs(graph),
            class_names=graph.class_names,
            input_type=graph.input_type,
            model_id=model_id(graph).hex(),
            feature_names=feature_names(graph.inputs),
            release=_release(generated),
        ),
        memory=read_memory(build.elf, board, cost.stack_bytes if cost is not None else None)
        if build is not None
        else None,
        inference=_inference(cost, board) if cost is not None else None,
        fidelity=generated.fidelity,
        input=generated.input,
        verification=verification,
        builder=build.builder if build is not None else "none",
        options=options,
        command=command,
        output_ranges=generated.output_ranges,
        plan=generated.c.plan,
    )


def write_documents(
    folder: Path,
    *,
    report: Report,
    facts: Mapping[str, Any],
    model_sha256: str,
    data_sha256: str | None,
    compiler: str,
) -> None:
    """Write report.json, report.html and manifest.json into `folder`."""
    _write(folder / "report.json", json.dumps(report.to_dict(), indent=2, allow_nan=False))
    _write(folder / "report.html", render_html(report))
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for pattern in _HASHED
        for path in sorted(folder.glob(pattern))
        if path.is_file() and ".pio" not in path.parts
    }
    manifest = build_manifest(
        tool_version=__version__,
        name=report.name,
        board=report.board,
        facts=facts,
        model_id=report.model.model_id,
        model_sha256=model_sha256,
        data_sha256=data_sha256,
        options=report.options,
        stored_input={
            "type": report.input.type,
            "scale": report.input.scale,
            "offset": report.input.offset,
        },
        builder={"name": report.builder, "compiler": compiler},
        files=files,
    )
    _write(folder / "manifest.json", json.dumps(manifest, indent=2))


def _write(path: Path, text: str) -> None:
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8", newline="\n")


def _cost(generated: Generated, board: Board, build: Build) -> Cost:
    rows = generated.vectors  # none of them is refused, by a NaN say, and returns early
    step = max(1, len(rows) // COST_SAMPLES)
    sample = [row.tobytes() for row in rows[::step][:COST_SAMPLES]]
    c = generated.c
    return measure_cost(
        build.elf,
        board,
        c.symbol,
        sample,
        c.out_bytes,
        offsets=c.offsets,
        state_bytes=c.state_bytes,
        reset=c.reset,
    )


def _inference(cost: Cost, board: Board) -> Inference:
    return Inference(
        samples=cost.samples,
        instructions=cost.instructions,
        cycles=cost.cycles,
        latency_us=cost.latency_us(board),
        method=cost.method,
        flash_factor=board.flash_factor,
        latency_method=f"latency = cycles / {board.f_cpu_hz / 1e6:g} MHz x {board.flash_factor:g};"
        " the factor is the board file's estimate of what waiting for flash adds to the cycles",
    )
