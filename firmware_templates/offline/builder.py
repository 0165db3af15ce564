# SPDX-License-Identifier: MIT
"""SCons runs this as the builder of PlatformIO's platform where no registry can be reached.

It does what the official platform's builder does for a project without a framework, with the
compiler on PATH.
"""

from SCons.Script import AlwaysBuild, Default, DefaultEnvironment

env = DefaultEnvironment()
env.Replace(
    AR="arm-none-eabi-gcc-ar",
    AS="arm-none-eabi-as",
    CC="arm-none-eabi-gcc",
    CXX="arm-none-eabi-g++",
    OBJCOPY="arm-none-eabi-objcopy",
    RANLIB="arm-none-eabi-gcc-ranlib",
    SIZETOOL="arm-none-eabi-size",
    ARFLAGS=["rc"],
    PROGSUFFIX=".elf",
    PROGNAME="firmware",
)
cpu = "-mcpu=" + env.BoardConfig().get("build.cpu")
env.Append(
    ASFLAGS=["-mthumb", cpu],
    ASPPFLAGS=["-x", "assembler-with-cpp"],
    CCFLAGS=["-Os", "-ffunction-sections", "-fdata-sections", "-Wall", "-mthumb", cpu],
    CPPDEFINES=[("F_CPU", "$BOARD_F_CPU")],
    LINKFLAGS=["-Os", "-Wl,--gc-sections", "-mthumb", cpu],
    LIBS=["c", "gcc", "m"],
)
program = env.BuildProgram()
AlwaysBuild(env.Alias("nobuild", program))
Default([program])
