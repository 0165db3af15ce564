# SPDX-License-Identifier: MIT
"""Boards: one TOML file each in `boards/`, read into a frozen `Board`, checked while loading."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from thumbling.errors import BoardFileError, UnknownBoardError
from thumbling.resources import data_dir
from thumbling.targets import CORES, Core
from thumbling.toml_table import TomlTable

# By how much `firmware_templates/clock_<mcu>.c` divides the core's clock for the serial port.
_UART_DIVIDERS: Final = {"stm32f0": 1, "stm32f1": 2, "stm32f4": 2, "stm32g0": 1}
MCUS: Final = tuple(_UART_DIVIDERS)
GPIO_KINDS: Final = ("gpio_v1", "gpio_v2")
UART_KINDS: Final = ("usart_v1", "usart_v2")
_PERIPHERALS: Final = (0x40000000, 0x5FFFFFFF)
_UNITS: Final = {"B": 1, "KiB": 1024, "MiB": 1024 * 1024}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpio:
    """The pins: `kind` is the register layout, `gpio_v1` (CRL, CRH) or `gpio_v2` (MODER, AFR).

    `base` is port A; its clock is switched on by bit `enable_bit` of the register at `enable`,
    the following ports' by the following bits.
    """

    kind: str
    base: int
    enable: int
    enable_bit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Uart:
    """The serial port that speaks the wire protocol: 8 data bits, no parity, 1 stop bit.

    `kind` is the register layout: `usart_v1` (SR/DR) or `usart_v2` (ISR/RDR/TDR). Its clock is
    switched on by bit `enable_bit` of the register at `enable`. `tx` and `rx` are pins such as
    `PA2`; `alternate` is their alternate function (unused on STM32F1).
    """

    kind: str
    name: str
    base: int
    enable: int
    enable_bit: int
    tx: str
    rx: str
    alternate: int
    baud: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulators:
    """What stands in for the board; false or an empty string means nothing does.

    `unicorn` says whether our emulated chip is one: its CPU follows from the core, its UART from
    the UART's kind. `qemu` is a machine of `qemu-system-arm`, `qemu_uart` the number of its serial
    port that the firmware speaks on, `renode` a file of Renode's `platforms/cpus` without `.repl`.
    """

    unicorn: bool
    qemu: str
    qemu_uart: int
    renode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformioIds:
    """How PlatformIO calls the board."""

    platform: str
    board: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board as code generation, build and emulators need it.

    `part` is the chip's name in the packs of CMSIS, from which pyOCD and probe-rs know it. Sizes
    are bytes, `f_cpu_hz` is the clock the firmware runs at on silicon. `flash_factor` is how
    much longer code takes from flash at that clock than with no wait states.
    """

    name: str
    title: str
    core: str
    fpu: bool
    mcu: str
    part: str
    f_cpu_hz: int
    flash_origin: int
    flash_bytes: int
    ram_origin: int
    ram_bytes: int
    flash_factor: float
    gpio: Gpio
    uart: Uart
    platformio: PlatformioIds
    emulators: Emulators

    @property
    def target(self) -> Core:
        """Everything that goes with the core."""
        return CORES[self.core]

    @property
    def core_title(self) -> str:
        """The core's name for people."""
        return self.target.title + (" with FPU" if self.fpu else "")

    @property
    def uart_clock_hz(self) -> int:
        """The clock the firmware gives to `uart`, from which its baud rate is divided."""
        return self.f_cpu_hz // _UART_DIVIDERS[self.mcu]


def load_board(name: str) -> Board:
    """The board of that name, its PlatformIO spelling or an unambiguous beginning of it.

    Hyphens and underscores are equal, case does not matter. Raises `UnknownBoardError` for a name
    that fits no board or several, `BoardFileError` for a bad description.
    """
    files = _board_files()
    wanted = name.strip().lower().replace("-", "_")
    if wanted in files:
        return read_board(files[wanted])
    fitting = [known for known in files if wanted and known.startswith(wanted)]
    if len(fitting) == 1:
        return read_board(files[fitting[0]])
    if fitting:
        raise UnknownBoardError(
            f"board {name!r} is ambiguous", hint=f"write one of: {', '.join(fitting)}"
        )
    near = difflib.get_close_matches(wanted, list(files), n=3, cutoff=0.5) or [
        known for known in files if wanted and wanted in known
    ]
    hint = f"did you mean {' or '.join(near)}?" if near else f"known boards: {', '.join(files)}"
    raise UnknownBoardError(f"no board is called {name!r}", hint=hint)


def all_boards() -> tuple[Board, ...]:
    """Every board, sorted by name."""
    return tuple(read_board(path) for path in _board_files().values())


def _board_files() -> dict[str, Path]:
    return {path.stem: path for path in sorted(data_dir("boards").glob("*.toml"))}


def read_board(path: Path) -> Board:
    """Reads and checks one description; `BoardFileError` names file, key and what was expected."""
    top = _BoardTable.read(path, BoardFileError)
    memory, gpio, uart = top.table("memory"), top.table("gpio"), top.table("uart")
    ids, emulators = top.table("platformio"), top.table("emulators")
    board = Board(
        name=path.stem,
        title=top.text("title"),
        core=top.choice("core", tuple(CORES)),
        fpu=top.flag("fpu"),
        mcu=top.choice("mcu", MCUS),
        part=top.text("part"),
        f_cpu_hz=top.integer("f_cpu_hz", 1_000_000, 1_000_000_000),
        flash_factor=top.real("flash_factor", 1, 10),
        flash_origin=memory.integer("flash_origin", 0, 0xFFFFFFFF),
        flash_bytes=memory.size("flash"),
        ram_origin=memory.integer("ram_origin", 0, 0xFFFFFFFF),
        ram_bytes=memory.size("ram"),
        gpio=_read_gpio(gpio),
        uart=_read_uart(uart),
        platformio=PlatformioIds(platform=ids.text("platform"), board=ids.text("board")),
        emulators=_read_emulators(emulators),
    )
    for part in (top, memory, gpio, uart, ids, emulators):
        part.refuse_unread()
    if board.fpu and not board.target.has_fpu:
        raise BoardFileError(f"{path.name}: fpu = true: a {board.core} has no FPU")
    return board


def _read_gpio(gpio: _BoardTable) -> Gpio:
    return Gpio(
        kind=gpio.choice("kind", GPIO_KINDS),
        base=gpio.integer("base", *_PERIPHERALS),
        enable=gpio.integer("enable", *_PERIPHERALS),
        enable_bit=gpio.integer("enable_bit", 0, 31),
    )


def _read_uart(uart: _BoardTable) -> Uart:
    return Uart(
        kind=uart.choice("kind", UART_KINDS),
        name=uart.text("name"),
        base=uart.integer("base", *_PERIPHERALS),
        enable=uart.integer("enable", *_PERIPHERALS),
        enable_bit=uart.integer("enable_bit", 0, 31),
        tx=uart.pin("tx"),
        rx=uart.pin("rx"),
        alternate=uart.integer("alternate", 0, 15),
        baud=uart.integer("baud", 1200, 4_000_000),
    )


def _read_emulators(emulators: _BoardTable) -> Emulators:
    return Emulators(
        unicorn=emulators.flag("unicorn"),
        qemu=emulators.text("qemu", empty=True),
        qemu_uart=emulators.integer("qemu_uart", 0, 7),
        renode=emulators.text("renode", empty=True),
    )


class _BoardTable(TomlTable):
    """A table with the values that only boards have."""

    def pin(self, key: str) -> str:
        """Such as `PA2`."""
        value = self.value(key, "a pin")
        if not isinstance(value, str) or not re.fullmatch(r"P[A-F]([0-9]|1[0-5])", value):
            raise self.bad(key, 'a pin; write for example "PA2"')
        return value

    def size(self, key: str) -> int:
        """A size in bytes: an integer, or a text such as `512 KiB`."""
        value = self.value(key, "bytes")
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        if not isinstance(value, str):
            raise self.bad(key, 'bytes; write for example 524288 or "512 KiB"')
        if match := re.fullmatch(r"([1-9][0-9]*) ?(B|KiB|MiB)", value):
            return int(match[1]) * _UNITS[match[2]]
        if match := re.fullmatch(r"([1-9][0-9]*) ?([kKM])i?B?", value):
            unit = "MiB" if match[2] == "M" else "KiB"
            count = int(match[1])
            better = f'{count * _UNITS[unit]} or "{count} {unit}"'
            raise self.bad(key, f"bytes; write {better}")
        raise self.bad(key, 'bytes; write for example 524288 or "512 KiB"')
