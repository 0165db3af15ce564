# SPDX-License-Identifier: MIT
"""From the C of a model to its folder: firmware, build, verification, cost, report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from thumbling.api.assemble import report_of, write_documents
from thumbling.api.budget import Budget, check_budget
from thumbling.api.compiled import Compiled
from thumbling.api.folder import MODEL, VECTORS, OutputFolder, compare, require_identical
from thumbling.api.output_folder import TemporaryHome, staged
from thumbling.boards import Board
from thumbling.errors import OptionError
from thumbling.firmware import Build, build_firmware, render_project
from thumbling.generated import Generated
from thumbling.ir.serialize import graph_to_json
from thumbling.options import option
from thumbling.report import Report, Verification
from thumbling_hil.targets.by_name import TARGETS

_FLAGS = {"speed": "-O2", "balanced": "-O2", "size": "-Os"}
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """What is to be done with a model that has become C.

    `told` are the options as reports have them, `command` what would do it again; `model_sha256`
    is that of the model's file, None without one.
    """

    board: Board
    optimize: str
    told: Mapping[str, Any]
    command: str = ""
    model_sha256: str | None = None
    data_sha256: str | None = None
    builder: str
    verify: tuple[str, ...]
    budget: Budget


def silent(_: str) -> None:
    """Progress that nobody asked for."""


def check_builder(builder: str) -> None:
    """Raise `OptionError` for a builder that is none."""
    builders = option("builder").choices
    if builder not in builders:
        raise OptionError(f"builder {builder!r} is none of {', '.join(builders)}")


def check_optimize(optimize: str) -> None:
    """Raise `OptionError` for a goal that is none."""
    if optimize not in _FLAGS:
        raise OptionError(f"optimize {optimize!r} is none of {', '.join(sorted(_FLAGS))}")


def check_constants(constants: str) -> None:
    """Raise `OptionError` for a place of constants that is none."""
    places = option("constants").choices
    if constants not in places:
        raise OptionError(f"constants {constants!r} is none of {', '.join(places)}")


def targets(verify: str | Sequence[str], builder: str) -> tuple[str, ...]:
    """What to verify on; where nothing is built that is the host at most."""
    given = (verify,) if isinstance(verify, str) else tuple(verify)
    for name in given:
        if name not in ("host", *TARGETS):
            raise OptionError(
                f"verify {name!r} is no target", hint=f"known targets: host, {', '.join(TARGETS)}"
            )
    return tuple(name for name in given if builder != "none" or name == "host")


def produce(
    job: Job, name: str, make: Callable[[], Generated], out: Path | None, tell: Progress
) -> Compiled:
    """Fill the folder `out`, or a temporary one, with what `make` gives."""
    home = None
    if out is None:
        home = TemporaryHome()
        out = home.path / name
    with staged(out) as stage:
        tell("compiling the model to C")
        generated = make()
        report = _fill(job, generated, stage, tell)
    folder = OutputFolder(path=out, graph=generated.graph)
    return Compiled(graph=generated.graph, folder=folder, report=report, _home=home)


def _fill(job: Job, generated: Generated, stage: Path, tell: Progress) -> Report:
    """Fill the folder `stage`; give its report."""
    graph = generated.graph
    (stage / MODEL).write_text(graph_to_json(graph), encoding="utf-8", newline="\n")
    vectors: dict[str, Any] = {"X": generated.vectors, **generated.expected}
    np.savez(stage / VECTORS, **vectors)
    render_project(generated.c, job.board, stage, optimization=_FLAGS[job.optimize])
    build = None
    if job.builder != "none":
        build = build_firmware(stage, job.board, job.builder, tell)
    verification = _verify(job, generated, stage, build, tell)
    if build is not None:
        tell("measuring cost")
    report = report_of(
        generated=generated,
        board=job.board,
        build=build,
        verification=verification,
        options={**job.told, "builder": job.builder, "verify": list(job.verify)},
        command=job.command,
        timed="unicorn" in job.verify or job.budget.max_latency_us is not None,
    )
    check_budget(report, job.budget)
    write_documents(
        stage,
        report=report,
        facts=generated.c.facts,
        model_sha256=job.model_sha256 or _digest(graph_to_json(graph)),
        data_sha256=job.data_sha256,
        compiler=build.compiler if build is not None else "none",
    )
    return report


def _verify(
    job: Job, generated: Generated, stage: Path, build: Build | None, tell: Progress
) -> tuple[Verification, ...]:
    results = []
    for on in job.verify:
        tell(f"verifying on {on}")
        results.append(
            compare(
                on,
                graph=generated.graph,
                stored=generated.vectors,
                elf=build.elf if build is not None else None,
                board=job.board,
                src_dir=stage / "src",
            )
        )
    require_identical(tuple(results))
    return tuple(results)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
