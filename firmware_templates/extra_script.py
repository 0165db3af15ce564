# SPDX-License-Identifier: MIT
"""PlatformIO runs this before its platform's script, so that all of it reaches compiler and link.

The FPU needs its flags at both, which `build_flags` cannot say; paths of this machine stay out of
the image's debug sections, and constants are not merged, so that the same project gives the same
bytes and each object its own size.
"""

import shutil
import subprocess
from pathlib import Path

Import("env")  # type: ignore[name-defined]  # noqa: F821

target = env.GetProjectOption("custom_fpu_flags", "").split()  # type: ignore[name-defined]  # noqa: F821
project = Path(env.subst("$PROJECT_DIR"))  # type: ignore[name-defined]  # noqa: F821
same_bytes = ["-fno-merge-constants"]
# By the name it was called and by its real one: GCC may take either for the current folder.
same_bytes += [f"-ffile-prefix-map={path}=." for path in sorted({project, project.resolve()})]
compiler = shutil.which("arm-none-eabi-gcc", path=env["ENV"]["PATH"])  # type: ignore[name-defined]  # noqa: F821
if compiler is not None:
    answer = subprocess.check_output([compiler, "-print-file-name=include"], text=True)
    same_bytes.append(f"-ffile-prefix-map={Path(answer.strip()).parent}=gcc")
env.Append(  # type: ignore[name-defined]  # noqa: F821
    CCFLAGS=target + same_bytes,
    ASFLAGS=target,
    LINKFLAGS=[*target, "-nostartfiles", "--specs=nano.specs", "--specs=nosys.specs"],
)
