# SPDX-License-Identifier: MIT
"""PlatformIO runs this: what `build_flags` cannot say, since they do not reach the link."""

Import("env")  # type: ignore[name-defined]  # noqa: F821

FPU = {"cortex-m4": ["-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"]}

board = env.BoardConfig()  # type: ignore[name-defined]  # noqa: F821
target = FPU.get(board.get("build.cpu"), [])
same_bytes = ["-fno-merge-constants", "-ffile-prefix-map=" + env.subst("$PROJECT_DIR") + "=."]  # type: ignore[name-defined]  # noqa: F821
env.Append(  # type: ignore[name-defined]  # noqa: F821
    CCFLAGS=target + same_bytes,
    ASFLAGS=target,
    LINKFLAGS=[*target, "-nostartfiles", "--specs=nano.specs", "--specs=nosys.specs"],
)
