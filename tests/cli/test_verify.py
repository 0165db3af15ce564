# SPDX-License-Identifier: MIT
"""`verify`: how many vectors, which rows, what was changed, and the JUnit report."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import BUILDER, Done, Run

from thumbling.errors import VerificationError


@pytest.fixture
def copy(compiled: Path, tmp_path: Path) -> Path:
    """The compiled folder, free to be changed."""
    return Path(shutil.copytree(compiled, tmp_path / "copy"))


def counted(done: Done, vectors: int) -> None:
    assert done.code == 0, done.err
    results = done.document["verification"]
    assert {(r["vectors"], r["mismatches"]) for r in results} == {(vectors, 0)}


@pytest.mark.parametrize("samples", [1, 7, 3000])
def test_samples_means_that_many(run: Run, compiled: Path, samples: int) -> None:
    counted(
        run("verify", compiled, "--on", "host,unicorn", "--samples", samples, "--json"), samples
    )


def test_data_gives_the_rows_and_made_ones_fill_up(run: Run, models: Path, compiled: Path) -> None:
    arguments = ("verify", compiled, "--on", "host", "--data", models / "iris.csv", "--json")
    counted(run(*arguments), 150)
    counted(run(*arguments, "--samples", 20), 20)
    counted(run(*arguments, "--samples", 1000), 1000)


def test_data_are_checked(run: Run, compiled: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    for text, part in (
        ("1,2,3\n", "3 columns, the model takes 4"),
        ("1,2,3,oak\n4,5,6,7\n", "'oak' is no number"),
        ("", "is empty"),
    ):
        rows.write_text(text)
        done = run("verify", compiled, "--on", "host", "--data", rows, "--json")
        assert part in done.error(1, "data")["message"]


@pytest.mark.parametrize(
    ("on", "code", "word", "hint"),
    [
        ("unicron", 2, "option", "did you mean unicorn?"),
        ("host,qem", 2, "option", "did you mean qemu?"),
        ("", 2, "option", "known targets: host"),
        ("none", 2, "usage", "host"),
        ("serial", 2, "usage", "--port"),
    ],
)
def test_targets_that_are_none(
    run: Run, compiled: Path, on: str, code: int, word: str, hint: str
) -> None:
    assert hint in run("verify", compiled, "--on", on, "--json").error(code, word)["hint"]


SUITE = {
    *("name", "package", "id", "hostname", "timestamp", "time"),
    *("tests", "failures", "errors", "skipped"),
}


def junit_suite(path: Path) -> ET.Element:
    """The one suite of a report that has the shape of Ant's and Jenkins' schemas."""
    root = ET.parse(path).getroot()
    assert root.tag == "testsuites"
    (suite,) = root
    assert set(suite.keys()) == SUITE
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
    cases = suite.findall("testcase")
    order = ["properties", *["testcase"] * len(cases), "system-out", "system-err"]
    assert [child.tag for child in suite] == order
    for case in cases:
        assert set(case.keys()) == {"name", "classname", "time"}
        assert re.fullmatch(r"\d+\.\d{3}", case.attrib["time"])
        assert [c.tag for c in case] in ([], ["failure"], ["error"], ["skipped"])
        assert all({"message", "type"} == set(c.keys()) for c in case if c.tag != "skipped")
    for tag in ("failure", "error", "skipped"):
        counted = suite.attrib["skipped" if tag == "skipped" else f"{tag}s"]
        assert counted == str(len(suite.findall(f"testcase/{tag}")))
    assert suite.attrib["tests"] == str(len(cases))
    return suite


def test_junit_of_a_pass(run: Run, compiled: Path, tmp_path: Path) -> None:
    junit = tmp_path / "v.xml"
    before = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    done = run("verify", compiled, "--on", "host,unicorn", "--junit", junit, "--json")
    assert done.code == 0, done.err
    suite = junit_suite(junit)
    after = datetime.now(UTC).replace(tzinfo=None)
    assert before <= datetime.fromisoformat(suite.attrib["timestamp"]) <= after
    times = [float(case.attrib["time"]) for case in suite.findall("testcase")]
    assert all(time > 0 for time in times)
    assert float(suite.attrib["time"]) == pytest.approx(sum(times), abs=0.01)


def test_junit_of_a_failure_has_the_input_row(run: Run, copy: Path, tmp_path: Path) -> None:
    junit = tmp_path / "v.xml"
    source = copy / "src" / "tree.c"
    text = source.read_text()
    changed = re.sub(r"(out->label(\[0\])? =)", r"\1 1 +", text)
    assert changed != text
    source.write_text(changed)
    done = run("verify", copy, "--on", "host,unicorn", "--junit", junit, "--json")
    assert done.code == 5
    assert "src/tree.c is not the file that manifest.json names" in done.err
    suite = junit_suite(junit)
    assert [case.get("name") for case in suite.findall("testcase")] == ["host", "unicorn"]
    (failure,) = suite.findall("testcase/failure")
    differ, vectors = re.findall(r"\d+", failure.attrib["message"])
    assert suite.findtext("system-out", "").splitlines() == [
        f"host: {vectors} vectors, {differ} differ",
        f"unicorn: {vectors} vectors, bit for bit",
    ]
    detail, _, *values = (failure.text or "").splitlines()
    (row,) = (int(number) for number in re.findall(r"first at vector (\d+)", detail))
    assert "the reference says" in detail
    graph = json.loads((copy / "model.json").read_text())
    names = graph["inputs"][0]["names"]
    with np.load(copy / "vectors.npz") as archive:
        stored = archive["X"][row].tolist()
    wanted = [f"{n} = {v} (stored {v})" for n, v in zip(names, stored, strict=True)]
    assert values == wanted
    host = done.document["verification"][0]["failing_input"]
    assert [(f["name"], f["stored"]) for f in host] == list(zip(names, stored, strict=True))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["copy", "v.xml"]


def test_junit_of_a_target_that_breaks(run: Run, compiled: Path, tmp_path: Path) -> None:
    """No firmware is at fault where a port does not open: an error, and what follows is skipped."""
    junit = tmp_path / "v.xml"
    port = "socket://127.0.0.1:9"
    pytest.importorskip("serial", reason="a serial port needs pyserial")
    arguments = ("verify", compiled, "--on", "host,serial,unicorn", "--port", port)
    body = run(*arguments, "--junit", junit, "--json").error(1, "target")
    suite = junit_suite(junit)
    cases = {case.get("name"): [c.tag for c in case] for case in suite.findall("testcase")}
    assert cases == {"host": [], "serial": ["error"], "unicorn": ["skipped"]}
    error = suite.find("testcase/error")
    assert error is not None
    assert (error.get("message"), error.get("type")) == (body["message"], "target")


def test_junit_that_cannot_be_written(run: Run, compiled: Path, tmp_path: Path) -> None:
    for junit in (tmp_path, tmp_path / "absent" / "v.xml"):
        run("verify", compiled, "--on", "host", "--junit", junit, "--json").error(1, "output")


def test_a_changed_image_is_named_and_found_out(run: Run, copy: Path) -> None:
    elf = copy / "firmware.elf"
    content = bytearray(elf.read_bytes())
    at = content.find((copy / "firmware.bin").read_bytes()[:64])
    content[at + 4 : at + 8] = b"\xff\xff\xff\xff"  # the reset vector
    elf.write_bytes(content)
    done = run("verify", copy, "--on", "unicorn", "--json")
    done.error(5, "verification")
    assert "firmware.elf is not the file that manifest.json names" in done.err


def test_warnings_are_in_the_document(run: Run, compiled: Path, copy: Path) -> None:
    assert run("verify", compiled, "--on", "host", "--json").document["warnings"] == []
    with (copy / "src" / "tree.h").open("a") as file:
        file.write("\n")
    done = run("verify", copy, "--on", "host", "--json")
    assert done.code == 0, done.err
    said = done.document["warnings"]
    assert said == ["src/tree.h is not the file that manifest.json names: somebody changed it"]


def test_a_missing_image_is_not_called_a_changed_one(run: Run, copy: Path) -> None:
    (copy / "firmware.elf").unlink()
    done = run("verify", copy, "--on", "host", "--json")
    assert done.code == 0, done.err
    assert done.document["warnings"] == [
        "firmware.elf, which manifest.json names, is not there any more"
    ]


def test_strict_refuses_changed_files(run: Run, compiled: Path, copy: Path, tmp_path: Path) -> None:
    junit = tmp_path / "v.xml"
    counted(run("verify", compiled, "--on", "host", "--samples", 5, "--strict", "--json"), 5)
    (copy / "src" / "tree.c").unlink()
    with (copy / "src" / "tree.h").open("a") as file:
        file.write("\n")
    arguments = ("verify", copy, "--on", "host", "--strict", "--junit", junit, "--json")
    body = run(*arguments).error(VerificationError.exit_code, "verification")
    assert body["message"] == "changed or gone since they were compiled: src/tree.c, src/tree.h"
    suite = ET.parse(junit).getroot()[0]
    assert (suite.get("failures"), suite.get("errors")) == ("1", "0")


def test_strict_refuses_a_target_that_cannot_be_asked(
    run: Run, compiled: Path, tmp_path: Path
) -> None:
    bare = {"PATH": str(tmp_path)}
    arguments = ("verify", compiled, "--on", "unicorn,qemu", "--samples", 5, "--json")
    run(*arguments, env=bare).error(3, "missing-tool")
    body = run(*arguments, "--strict", env=bare).error(VerificationError.exit_code, "verification")
    assert body["message"].startswith("not verified on qemu: ")
    assert body["hint"]


def test_changed_vectors_are_refused(run: Run, copy: Path) -> None:
    with np.load(copy / "vectors.npz") as archive:
        stored = dict(archive)
    stored["label"] = stored["label"] ^ 1
    np.savez(copy / "vectors.npz", **stored)
    body = run("verify", copy, "--on", "host", "--json").error(1, "output")
    assert "another label than the reference" in body["message"]
    (copy / "vectors.npz").write_bytes(b"PK")
    assert "damaged" in run("verify", copy, "--on", "host", "--json").error(1, "output")["message"]


def test_a_damaged_manifest(run: Run, copy: Path) -> None:
    (copy / "manifest.json").write_text('{"files": 3}')
    run("verify", copy, "--on", "host", "--json").error(1, "output")
    (copy / "manifest.json").unlink()
    run("verify", copy, "--on", "host", "--json").error(1, "output")


def test_an_image_of_another_model(run: Run, models: Path, copy: Path, tmp_path: Path) -> None:
    done = run(
        *("compile", models / "logistic.joblib", "--board", "nucleo-f401", "--trust", "--json"),
        *("--builder", BUILDER, "--verify", "none", "-o", tmp_path / "other"),
    )
    assert done.code == 0, done.err
    shutil.copy(tmp_path / "other" / "firmware.elf", copy / "firmware.elf")
    body = run("verify", copy, "--on", "unicorn", "--json").error(1, "data")
    assert "holds another model: logistic" in body["message"]
