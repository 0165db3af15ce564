# SPDX-License-Identifier: MIT
"""Real builds for every board: contents, sizes, determinism, and the errors of builds that fail."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from tests.firmware.building import BUILDERS, GCC, ZIG, needs_gcc, needs_platformio, symbols
from tests.firmware.tiny_model import HEADER, SOURCE, expected, make_model

from thumbling.boards import Board, all_boards, load_board
from thumbling.errors import BuildError, DoesNotFitError, MissingToolError, OptionError
from thumbling.firmware import build_firmware, read_memory, render_project, toolchains
from thumbling.firmware.build import choose_builder
from thumbling.firmware.offline_platformio import OFFLINE_VARIABLE
from thumbling_hil.targets.unicorn import UnicornTarget

BOARDS = [board.name for board in all_boards()]
WARNINGS = (
    *("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow"),
    *("-Wdouble-promotion", "-Wundef", "-Werror"),
)
INPUTS = [(5, -7, 123), (-1, 0, 0), (32767, -32768, -99), (0, 0, 1)]


def check_on_unicorn(elf: Path, board: Board) -> None:
    with UnicornTarget(elf, board) as target:
        assert target.identify().model_id == bytes(range(1, 9))
        rows = [struct.pack("<3h", *x) for x in INPUTS]
        for x, answer in zip(INPUTS, target.predict_many(rows), strict=True):
            assert answer.status == 0
            assert struct.unpack("<3i", answer.output) == expected(x)


@pytest.mark.parametrize("builder", [GCC, ZIG])
@pytest.mark.parametrize("name", BOARDS)
def test_image_answers_on_the_emulated_chip(tmp_path: Path, name: str, builder: str) -> None:
    board = load_board(name)
    render_project(make_model(), board, tmp_path)
    build = build_firmware(tmp_path, board, builder)
    assert (build.builder, build.elf) == (builder, tmp_path / "firmware.elf")
    check_on_unicorn(build.elf, board)


@pytest.mark.parametrize("optimization", ["-O2", "-O3"])
@pytest.mark.parametrize("builder", [GCC, ZIG])
def test_faster_code_answers_the_same(tmp_path: Path, builder: str, optimization: str) -> None:
    board = load_board("nucleo_f401re")
    render_project(make_model(), board, tmp_path, optimization=optimization)
    check_on_unicorn(build_firmware(tmp_path, board, builder).elf, board)


@needs_gcc
@needs_platformio
@pytest.mark.parametrize("name", BOARDS)
def test_pio_run_gives_the_image_of_the_gcc_builder(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OFFLINE_VARIABLE, "1")
    board = load_board(name)
    render_project(make_model(), board, tmp_path)
    assert choose_builder(board) == "platformio"
    build = build_firmware(tmp_path, board)
    assert build.builder == "platformio"
    check_on_unicorn(build.elf, board)
    memory = read_memory(build.elf, board)
    assert memory == read_memory(build_firmware(tmp_path, board, "gcc").elf, board)


@pytest.mark.parametrize("builder", BUILDERS)
def test_two_folders_give_the_same_bytes(
    tmp_path: Path, builder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OFFLINE_VARIABLE, "1")
    board = load_board("nucleo_f401re")
    images = []
    for part in ("a", "other/folder"):
        folder = tmp_path / part
        render_project(make_model(), board, folder)
        build = build_firmware(folder, board, builder)
        files = (build.elf, build.hex, build.bin)
        images.append([file.read_bytes() for file in files])
        for path in (tmp_path, Path.home(), Path(sys.prefix), Path("/usr")):
            assert f"{path}/".encode() not in build.elf.read_bytes()
    assert images[0] == images[1]


@needs_gcc
@needs_platformio
def test_pio_compiles_with_the_flags_of_the_gcc_builder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GCC writes its options into the debug sections: FPU, constants and contraction are there."""
    monkeypatch.setenv(OFFLINE_VARIABLE, "1")
    board = load_board("nucleo_f401re")
    render_project(make_model(), board, tmp_path)
    for builder in ("platformio", "gcc"):
        image = build_firmware(tmp_path, board, builder).elf.read_bytes()
        for flag in ("-mfpu=fpv4-sp-d16", "-mfloat-abi=hard", "-fno-merge-constants"):
            assert flag.encode() in image, (builder, flag)
        assert b"-ffp-contract=off" in image, builder


@pytest.mark.parametrize("builder", [GCC, ZIG])
@pytest.mark.parametrize("name", BOARDS)
def test_model_bytes_are_what_the_model_adds(tmp_path: Path, name: str, builder: str) -> None:
    """Beside a model that does nothing, the image grows by what `model_flash_bytes` says."""
    board = load_board(name)
    empty = make_model(
        '#include "tiny.h"\n'
        "thb_status_t tiny_predict(const int16_t x[3], tiny_output_t *out)\n"
        "{\n    (void)x;\n    (void)out;\n    return THB_OK;\n}\n"
    )
    # Indexed by an input, so that no compiler can do without the table.
    indexed = SOURCE.replace("tiny_weight[i]", "tiny_weight[(i + x[1]) & 511]")
    tables = [
        make_model(indexed.replace("weight[TINY_N_FEATURES]", f"weight[{length}]"))
        for length in (512, 1000)
    ]
    memories = []
    for index, model in enumerate((empty, make_model(), *tables)):
        folder = tmp_path / str(index)
        render_project(model, board, folder)
        memories.append(read_memory(build_firmware(folder, board, builder).elf, board))
    nothing, small, table, larger_table = memories
    assert nothing.model_flash_bytes <= 8
    grown = small.flash_bytes - nothing.flash_bytes
    # Alignment of the model's block is counted, so a rest of up to 8 bytes may stay.
    assert abs(grown - (small.model_flash_bytes - nothing.model_flash_bytes)) <= 8
    assert larger_table.model_flash_bytes - table.model_flash_bytes == 4 * (1000 - 512)
    assert small.model_ram_bytes == nothing.model_ram_bytes == 0


@pytest.mark.parametrize("builder", [GCC, ZIG])
def test_model_variables_are_counted_as_ram(tmp_path: Path, builder: str) -> None:
    board = load_board("nucleo_f401re")
    source = SOURCE.replace(
        "static const", "static int32_t zeros[25];\nstatic int32_t ones[10] = {1};\nstatic const"
    ).replace("return THB_OK", "zeros[x[0] & 7] += ones[x[1] & 7]++;\n    return THB_OK")
    render_project(make_model(source), board, tmp_path / "a")
    with_variables = read_memory(build_firmware(tmp_path / "a", board, builder).elf, board)
    render_project(make_model(), board, tmp_path / "b")
    without = read_memory(build_firmware(tmp_path / "b", board, builder).elf, board)
    assert with_variables.model_ram_bytes == 140
    assert abs(with_variables.ram_bytes - without.ram_bytes - 140) <= 8
    grown = with_variables.model_flash_bytes - without.model_flash_bytes
    assert grown >= 40


@pytest.mark.parametrize("builder", [GCC, ZIG])
def test_raw_and_hex_images_are_the_segments_of_the_elf(tmp_path: Path, builder: str) -> None:
    board = load_board("nucleo_f072rb")
    source = SOURCE.replace("static const", "static int32_t kept[3] = {7, 8, 9};\nstatic const")
    source = source.replace(
        "return THB_OK", "out->score[1] += kept[x[2] & 1]++;\n    return THB_OK"
    )
    render_project(make_model(source), board, tmp_path)
    build = build_firmware(tmp_path, board, builder)
    raw = build.bin.read_bytes()
    stack, reset = struct.unpack_from("<II", raw)
    assert stack == board.ram_origin + board.ram_bytes
    assert reset == symbols(build.elf)["Reset_Handler"][0] | 1
    assert struct.pack("<3i", 7, 8, 9) in raw
    assert read_hex(build.hex.read_text(encoding="ascii"), board.flash_origin) == raw


def read_hex(text: str, origin: int) -> bytes:
    image, upper = bytearray(), 0
    for line in text.splitlines():
        record = bytes.fromhex(line[1:])
        assert sum(record) & 0xFF == 0
        count, address, kind, data = record[0], record[1:3], record[3], record[4:-1]
        assert count == len(data)
        if kind == 4:
            upper = int.from_bytes(data, "big") << 16
        if kind == 0:
            start = upper + int.from_bytes(address, "big") - origin
            image += b"\xff" * (start - len(image)) + data
    return bytes(image)


@pytest.mark.parametrize("compiler", [GCC, "clang"])
@pytest.mark.parametrize("name", BOARDS)
def test_firmware_is_free_of_warnings(tmp_path: Path, name: str, compiler: str) -> None:
    board = load_board(name)
    render_project(make_model(), board, tmp_path)
    source_folder = tmp_path / "firmware" / "src"
    if compiler == "gcc":
        command = ["arm-none-eabi-gcc", f"-mcpu={board.core}", "-mthumb"]
    elif shutil.which("clang"):
        command = ["clang", "--target=arm-none-eabi", f"-mcpu={board.core}", "-ffreestanding"]
    else:
        pytest.skip("clang is not installed: apt install clang")
    for source in sorted(source_folder.rglob("*.c")):
        full = [*command, "-std=c99", "-Os", *WARNINGS, f"-I{source_folder}"]
        full += [f"-I{source_folder / 'model'}", "-c", str(source), "-o", str(tmp_path / "x.o")]
        subprocess.run(full, check=True)


@pytest.mark.parametrize("builder", [GCC, ZIG])
@pytest.mark.parametrize(("region", "qualifier"), [("flash", "const"), ("RAM", "")])
def test_overflow_is_told_in_numbers(
    tmp_path: Path, builder: str, region: str, qualifier: str
) -> None:
    board = load_board("nucleo_f103rb")
    words = board.flash_bytes // 4
    source = SOURCE.replace("static const int32_t", f"static {qualifier} volatile int32_t")
    source = source.replace("weight[TINY_N_FEATURES]", f"weight[{words}]")
    if region == "RAM":
        source = source.replace(" = {3, -5, 70000}", "")
    render_project(make_model(source), board, tmp_path)
    with pytest.raises(DoesNotFitError, match=rf"bytes of {region} .* has \d+ \(\d+ too few\)"):
        build_firmware(tmp_path, board, builder)
    assert not (tmp_path / "firmware.elf").exists()


@needs_gcc
@needs_platformio
def test_pio_run_that_overflows_is_told_in_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OFFLINE_VARIABLE, "1")
    source = SOURCE.replace("weight[TINY_N_FEATURES]", "weight[40000]")
    source = source.replace("static const int32_t", "static const volatile int32_t")
    board = load_board("nucleo_f072rb")
    render_project(make_model(source), board, tmp_path)
    with pytest.raises(DoesNotFitError, match=r"bytes of flash .* has 131072 \(\d+ too few\)"):
        build_firmware(tmp_path, board, "platformio")


@pytest.mark.parametrize("builder", [GCC, ZIG])
def test_c_that_does_not_compile_names_the_line(tmp_path: Path, builder: str) -> None:
    board = load_board("nucleo_f401re")
    render_project(make_model(SOURCE.replace("return THB_OK", "return THB_OKAY")), board, tmp_path)
    with pytest.raises(BuildError, match=r"src/model/tiny\.c:\d+.*THB_OKAY"):
        build_firmware(tmp_path, board, builder)


@needs_gcc
def test_output_size_that_differs_stops_the_build(tmp_path: Path) -> None:
    board = load_board("nucleo_f401re")
    header = HEADER.replace("score[2]", "score[3]")
    render_project(make_model(header=header), board, tmp_path)
    with pytest.raises(BuildError, match="thb_app_output_size"):
        build_firmware(tmp_path, board, "gcc")


@pytest.mark.parametrize("builder", [GCC, ZIG])
def test_memset_called_by_the_model_is_the_models(tmp_path: Path, builder: str) -> None:
    board = load_board("nucleo_g071rb")
    source = SOURCE.replace(
        "int32_t sum = 0;",
        "volatile int32_t big[60] = {0};\n    int32_t sum = big[x[0] & 31];",
    )
    render_project(make_model(source), board, tmp_path)
    build = build_firmware(tmp_path, board, builder)
    found = symbols(build.elf)
    assert "memset" in found or "__aeabi_memclr4" in found or "__aeabi_memclr" in found
    start, end = (found[f"__thb_model_text_{mark}"][0] for mark in ("start", "end"))
    for name in ("memset", "memcpy", "__aeabi_memclr4", "__aeabi_memset"):
        assert name not in found or start <= found[name][0] < end
    check_on_unicorn(build.elf, board)


def test_src_is_complete_for_another_project(tmp_path: Path) -> None:
    compiler = shutil.which("cc") or pytest.skip("no C compiler for this machine: apt install gcc")
    render_project(make_model(), load_board("nucleo_f401re"), tmp_path)
    source = tmp_path / "src"
    assert sorted(p.relative_to(source).as_posix() for p in source.rglob("*.*")) == [
        "thumbling/thumbling.h",
        "tiny.c",
        "tiny.h",
    ]
    command = [compiler, "-std=c99", f"-I{source}", "-c", str(source / "tiny.c")]
    subprocess.run([*command, "-o", str(tmp_path / "tiny.o")], check=True)


@pytest.mark.parametrize("with_zig", [False, True])
def test_missing_tools_say_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_zig: bool
) -> None:
    board = load_board("nucleo_f401re")
    render_project(make_model(), board, tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(toolchains, "zig_found", lambda: with_zig)
    with pytest.raises(MissingToolError) as caught:
        build_firmware(tmp_path, board, "gcc")
    assert "--builder zig" in caught.value.hint
    assert ("pip install ziglang" in caught.value.hint) is not with_zig


def test_unknown_builder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="'make' is none of auto, platformio, gcc, zig"):
        build_firmware(tmp_path, load_board("nucleo_f401re"), "make")
