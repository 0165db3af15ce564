# SPDX-License-Identifier: MIT
"""The output folder: replaced where it is ours, kept where it is not, read where it is whole."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.cli.conftest import Run


def test_existing_folder_is_refused_and_kept(run: Run, models: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    arguments = ("compile", models / "tree.joblib", "--board", "nucleo-f401", "--trust", "--json")
    run(*arguments, "-o", out).error(1, "output")
    assert [p.name for p in out.iterdir()] == ["thesis.txt"]


def test_earlier_output_is_replaced(run: Run, models: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("compile", models / "tree.joblib", "--board", "nucleo-f401", "--trust", "-q")
    more = ("--builder", "none", "--verify", "none", "-o", out)
    assert run(*arguments, *more).code == 0
    (out / "left over").touch()
    assert run(*arguments, *more).code == 0
    assert not (out / "left over").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_parent_that_cannot_be_written(run: Run, models: Path, tmp_path: Path) -> None:
    # A file in the way refuses everyone; a read-only folder does not refuse root.
    blocker = tmp_path / "file"
    blocker.touch()
    parents = [blocker]
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o500)
        parents.append(locked)
    arguments = ("compile", models / "tree.joblib", "--board", "nucleo-f401", "--trust", "--json")
    for parent in parents:
        run(*arguments, "-o", parent / "out").error(1, "output")


def test_a_way_round_an_absent_folder_is_seen_through(
    run: Run, models: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "thesis"
    mine.write_text("years of work")
    arguments = ("compile", models / "tree.joblib", "--board", "nucleo-f401", "--trust", "--json")
    more = ("--builder", "none", "--verify", "none", "-o", tmp_path / "absent" / ".." / "thesis")
    run(*arguments, *more).error(1, "output")
    assert mine.read_text() == "years of work"
    assert [p.name for p in tmp_path.iterdir()] == ["thesis"]


def test_the_working_folder_is_not_replaced(run: Run, models: Path, tmp_path: Path) -> None:
    inside = tmp_path / "in" / "side"
    inside.mkdir(parents=True)
    arguments = ("compile", models / "tree.joblib", "--board", "nucleo-f401", "--trust", "--json")
    for out in (".", "..", "../..", "/"):
        run(*arguments, "--builder", "none", "-o", out, cwd=inside).error(1, "output")
    assert [p.name for p in tmp_path.rglob("*")] == ["in", "side"]


def test_folders_that_are_not_ours(run: Run, compiled: Path, tmp_path: Path) -> None:
    run("report", tmp_path, "--json").error(1, "output")
    run("verify", tmp_path / "absent", "--on", "host", "--json").error(1, "output")
    damaged = tmp_path / "damaged"
    shutil.copytree(compiled, damaged)
    (damaged / "model.json").write_text((compiled / "model.json").read_text()[:-20])
    run("predict", damaged, "--data", "x.csv", "--json").error(1, "model")
    (tmp_path / "text.elf").write_text("no elf")
    run("inspect", tmp_path / "text.elf", "--json").error(1, "model")
