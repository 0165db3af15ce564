# SPDX-License-Identifier: MIT
"""Which tools are here, what each is for, and how to get those that are missing."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Group
from rich.markup import escape

from thumbling.cli.tables import plain_table
from thumbling.firmware.offline_platformio import (
    OFFLINE_VARIABLE,
    missing_offline,
    offline_wanted,
)
from thumbling.peers.registry import PACKAGES
from thumbling_hil.targets.renode_run import PACKAGES as RENODE_PACKAGES
from thumbling_hil.targets.renode_run import SETTING, endangered

_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A program (`kind` "program") or Python package ("package") that thumbling can use."""

    name: str
    kind: str
    purpose: str
    get: str
    module: str = ""
    setting: str = ""
    """The environment variable that may name a program's folder instead of PATH."""
    version_of: str = ""
    """The program beside it that says the version, where it does not say it itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What `doctor` says about one tool."""

    name: str
    found: bool
    version: str
    purpose: str
    get: str


TOOLS = (
    Tool(
        name="arm-none-eabi-gcc",
        kind="program",
        purpose="builds firmware (first choice)",
        get="apt install gcc-arm-none-eabi, or the Arm GNU toolchain",
    ),
    Tool(
        name="ziglang",
        kind="package",
        module="ziglang",
        purpose="builds firmware with pip alone",
        get='pip install "thumbling[zig]"',
    ),
    Tool(
        name="platformio",
        kind="package",
        module="platformio",
        purpose="builds and flashes the PlatformIO project",
        get='pip install "thumbling[platformio]"',
    ),
    Tool(
        name="scikit-learn",
        kind="package",
        module="sklearn",
        purpose="loads scikit-learn models",
        get='pip install "thumbling[sklearn]"',
    ),
    Tool(
        name="skops",
        kind="package",
        module="skops",
        purpose="loads models without running code",
        get='pip install "thumbling[sklearn]"',
    ),
    Tool(
        name="unicorn",
        kind="package",
        module="unicorn",
        purpose="runs firmware on an emulated core",
        get='pip install "thumbling[emulator]"',
    ),
    Tool(
        name="capstone",
        kind="package",
        module="capstone",
        purpose="counts cycles",
        get='pip install "thumbling[emulator]"',
    ),
    Tool(
        name="pyserial",
        kind="package",
        module="serial",
        purpose="talks to a board",
        get='pip install "thumbling[hil]"',
    ),
    Tool(
        name="pyarrow",
        kind="package",
        module="pyarrow",
        purpose="reads Parquet and Feather",
        get='pip install "thumbling[data]"',
    ),
    *(
        Tool(
            name=name,
            kind="package",
            module=name,
            purpose="audit sets it beside ours",
            get='pip install "thumbling[audit]"',
        )
        for name in PACKAGES
    ),
    Tool(
        name="cc",
        kind="program",
        purpose="verifies on the host",
        get="apt install gcc, or Xcode's command line tools",
    ),
    Tool(
        name="clang",
        kind="program",
        purpose="verifies on the host (second compiler)",
        get="apt install clang",
    ),
    Tool(
        name="qemu-system-arm",
        kind="program",
        purpose="verifies on QEMU",
        get="apt install qemu-system-arm, brew install qemu",
    ),
    Tool(
        name="renode-test",
        kind="program",
        purpose="verifies on Renode",
        setting=SETTING,
        version_of="renode",
        get=f"the portable package from renode.io, its folder on PATH or in {SETTING},"
        ' and pip install "thumbling[renode]"',
    ),
    *(
        Tool(
            name=name,
            kind="package",
            module=module,
            purpose="renode-test runs on it",
            get='pip install "thumbling[renode]"',
        )
        for name, module in RENODE_PACKAGES.items()
    ),
    Tool(
        name="openocd",
        kind="program",
        purpose="flashes a board",
        get="apt install openocd, brew install open-ocd",
    ),
    Tool(
        name="st-flash",
        kind="program",
        purpose="flashes a board",
        get="apt install stlink-tools, brew install stlink",
    ),
    Tool(
        name="pyocd",
        kind="program",
        purpose="flashes a board",
        get="pip install pyocd",
    ),
    Tool(
        name="probe-rs",
        kind="program",
        purpose="flashes a board",
        get="the installer of probe.rs",
    ),
)


def examine() -> list[Finding]:
    """Look for every tool."""
    return [_examine(tool) for tool in TOOLS]


def problems(findings: list[Finding]) -> list[str]:
    """What keeps the main job from working; empty when it works."""
    found = {finding.name for finding in findings if finding.found}
    missing = []
    if not found & {"arm-none-eabi-gcc", "ziglang"}:
        missing.append("no compiler for Cortex-M: install arm-none-eabi-gcc or ziglang")
    if "unicorn" not in found:
        missing.append("no embedded emulator: install unicorn")
    if "scikit-learn" not in found:
        missing.append("no scikit-learn: its models cannot be loaded")
    return missing


def warnings() -> list[str]:
    """What will break a tool that works today."""
    folder = os.environ.get(SETTING)
    path = shutil.which("renode-test", path=folder or None)
    doomed = endangered(Path(path)) if path is not None else None
    if doomed is None:
        return []
    return [
        f"Renode lies in {doomed}, and Renode deletes each folder renode-* of the temporary folder"
        " when it starts: move it elsewhere"
    ]


def as_json(findings: list[Finding]) -> dict[str, object]:
    """The document of `doctor --json`."""
    return {
        "tools": [asdict(f) for f in findings],
        "problems": problems(findings),
        "platformio_offline": {"wanted": offline_wanted(), "missing": missing_offline()},
        "warnings": warnings(),
    }


def as_table(findings: list[Finding]) -> Group:
    """The findings for a reader."""
    table = plain_table("Tool", "", "version", "for")
    for f in findings:
        mark = "[green]found[/]" if f.found else "[yellow]missing[/]"
        purpose = f.purpose if f.found else f"{f.purpose}\n[dim]get it:[/] {escape(f.get)}"
        table.add_row(f.name, mark, f.version, purpose)
    missing = problems(findings)
    works = "; ".join(missing) if missing else "The main job works here."
    warned = (f"[yellow]warning:[/] {escape(w)}" for w in warnings())
    return Group(table, "", escape(_offline()), "", works, *warned)


def _offline() -> str:
    """Whether PlatformIO builds without its registry, and how."""
    state = "is set" if offline_wanted() else "is not set"
    lacking = missing_offline()
    can = f"lacks something here: {lacking}" if lacking else "works here"
    return (
        f"PlatformIO without a network: {OFFLINE_VARIABLE}=1 ({state}) {can}; for `pio run` by hand"
        " `thumbling doctor --platformio-core DIR`"
    )


def _examine(tool: Tool) -> Finding:
    found, text = _package(tool) if tool.kind == "package" else _program(tool)
    return Finding(name=tool.name, found=found, version=text, purpose=tool.purpose, get=tool.get)


def _package(tool: Tool) -> tuple[bool, str]:
    if importlib.util.find_spec(tool.module) is None:
        return False, ""
    try:
        return True, version(tool.name)
    except PackageNotFoundError:
        return True, "?"


def _program(tool: Tool) -> tuple[bool, str]:
    path = shutil.which(tool.name, path=os.environ.get(tool.setting) or None)
    if path is None:
        return False, ""
    if tool.version_of:
        path = str(Path(path).with_name(tool.version_of))
    try:
        result = subprocess.run(
            [path, "--version"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return True, "does not answer"
    words = [
        word.strip("(),").removeprefix("v") for word in (result.stdout or result.stderr).split()
    ]
    numbers = [word for word in words if word[:1].isdigit() and "." in word]
    return True, numbers[0] if numbers else "?"
