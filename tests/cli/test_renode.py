# SPDX-License-Identifier: MIT
"""`verify --on renode` as a command: without Renode, and with the stand-in of `tests/hil`."""

from __future__ import annotations

import importlib.util
import shutil
import struct
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import BUILDER, Run
from tests.hil.renode_stand_in.install import install, program

from thumbling.errors import VerificationError

needs_stand_in = pytest.mark.skipif(
    sys.platform == "win32"
    or any(importlib.util.find_spec(name) is None for name in ("robot", "unicorn", "capstone")),
    reason="the stand-in for Renode needs pip install 'thumbling[dev]' and a POSIX shell",
)


def _stand_in(folder: Path) -> dict[str, str]:
    """The environment in which the stand-in is Renode."""
    program(install(folder), "#!/bin/sh\necho 'Renode v1.16.1.123'\n", "renode")
    return {"THUMBLING_RENODE": str(folder)}


def test_without_renode_it_says_how_to_get_it(run: Run, compiled: Path, tmp_path: Path) -> None:
    env = {"THUMBLING_RENODE": str(tmp_path)}
    body = run("verify", compiled, "--on", "renode", "--json", env=env).error(3, "missing-tool")
    assert f"renode-test is not in {tmp_path}" in body["message"]
    assert "renode.io" in body["hint"]


@needs_stand_in
def test_every_vector_on_renode(run: Run, compiled: Path, tmp_path: Path) -> None:
    env = _stand_in(tmp_path)
    done = run("verify", compiled, "--on", "renode", "--samples", 40, "--json", env=env)
    assert done.code == 0, done.err
    (result,) = done.document["verification"]
    assert (result["on"], result["vectors"], result["mismatches"]) == ("renode", 40, 0)
    assert not (compiled / "renode.log").exists()


@needs_stand_in
def test_a_firmware_that_differs(run: Run, compiled: Path, tmp_path: Path) -> None:
    """One threshold in the image is another: exit code 5, with the first row that shows it."""
    if BUILDER != "gcc":
        pytest.skip("Clang hides the threshold in instructions: apt install gcc-arm-none-eabi")
    threshold = struct.pack("<f", np.float32(0.8))
    image = (compiled / "firmware.elf").read_bytes()
    assert threshold in image
    wrong = tmp_path / "wrong"
    shutil.copytree(compiled, wrong)
    changed = image.replace(threshold, struct.pack("<f", np.float32(0.7)))
    (wrong / "firmware.elf").write_bytes(changed)
    arguments = ("--on", "renode", "--json", "--junit", tmp_path / "v.xml")
    done = run("verify", wrong, *arguments, env=_stand_in(tmp_path / "renode"))
    assert done.code == 5, done.err
    (result,) = done.document["verification"]
    assert 0 < result["mismatches"] < result["vectors"]
    assert "label" in result["detail"]
    (failure,) = ET.parse(tmp_path / "v.xml").iter("failure")
    assert f"{result['mismatches']} of {result['vectors']}" in failure.attrib["message"]


@needs_stand_in
def test_a_broken_firmware(run: Run, compiled: Path, tmp_path: Path) -> None:
    """One sentence without the path of a file that is gone; the log stays in the folder."""
    wrong = tmp_path / "wrong"
    shutil.copytree(compiled, wrong)
    image = bytearray((wrong / "firmware.elf").read_bytes())
    (headers,) = struct.unpack_from("<I", image, 28)
    (start,) = struct.unpack_from("<I", image, headers + 4)
    image[start + 4 : start + 8] = b"\xff\xff\xff\xff"
    (wrong / "firmware.elf").write_bytes(image)
    env = _stand_in(tmp_path / "renode")
    body = run("verify", wrong, "--on", "renode", "--json", env=env).error(
        VerificationError.exit_code, "verification"
    )
    assert body["message"].startswith("renode-test failed: the core halts before its first")
    assert str(tmp_path) not in body["message"]
    assert "\n" not in body["message"]
    assert "DIR/renode.log" in body["hint"]
    assert "[ERROR]" in (wrong / "renode.log").read_text(encoding="utf-8")


@needs_stand_in
def test_doctor_on_renode(run: Run, tmp_path: Path) -> None:
    env = _stand_in(tmp_path / "renode-1.16.1") | {"TMPDIR": str(tmp_path)}
    document = run("doctor", "--json", env=env).document
    (renode,) = [tool for tool in document["tools"] if tool["name"] == "renode-test"]
    assert (renode["found"], renode["version"]) == (True, "1.16.1.123")
    assert 'pip install "thumbling[renode]"' in renode["get"]
    (robot,) = [tool for tool in document["tools"] if tool["name"] == "robotframework"]
    assert robot["get"] == 'pip install "thumbling[renode]"'
    (warning,) = document["warnings"]
    assert f"Renode lies in {tmp_path / 'renode-1.16.1'}" in warning
    assert "warning: Renode lies in" in " ".join(run("doctor", env=env).out.split())
    safe = run("doctor", "--json", env=_stand_in(tmp_path / "tools") | {"TMPDIR": str(tmp_path)})
    assert safe.document["warnings"] == []
