# SPDX-License-Identifier: MIT
"""Which names a model can have: they become files, and prefixes of identifiers in C.

`<name>.h` may not stand in the way of another header: with a model's `src` on the include path,
`#include <string.h>` would find a model called `string`. Keywords do no harm, since no identifier
is the name alone. File systems of Windows and macOS do not tell cases apart, so names have one.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from thumbling.errors import OptionError
from thumbling.resources import data_dir

LONGEST: Final = 48
_DERIVED: Final = 40


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_C_HEADERS: Final = _words("""
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal
    stdalign stdarg stdatomic stdbit stdbool stdckdint stddef stdint stdio stdlib stdnoreturn
    string tgmath threads time uchar wchar wctype
""")
_CPP_HEADERS: Final = _words("""
    algorithm any array atomic barrier bit bitset charconv chrono codecvt compare concepts
    condition_variable contracts coroutine debugging deque exception execution expected
    filesystem flat_map flat_set format forward_list fstream functional future generator
    hazard_pointer hive initializer_list inplace_vector iomanip ios iosfwd iostream istream
    iterator latch linalg list map mdspan memory memory_resource meta mutex new numbers
    numeric optional ostream print queue random ranges ratio rcu regex scoped_allocator
    semaphore set shared_mutex simd source_location span spanstream sstream stack stacktrace
    stdexcept stdfloat stop_token streambuf string_view strstream syncstream system_error
    text_encoding thread tuple type_traits typeindex typeinfo unordered_map unordered_set
    utility valarray variant vector version
""")
_POSIX_HEADERS: Final = _words("""
    aio cpio dirent dlfcn endian fcntl fmtmsg fnmatch ftw glob grp iconv langinfo libgen
    libintl monetary mqueue ndbm netdb nl_types poll pthread pwd regex sched search semaphore
    spawn strings syslog tar termios trace ulimit unistd utime utmpx wordexp
""")
# What the standard headers of newlib, glibc, musl, macOS and MinGW include besides.
_LIBRARY_HEADERS: Final = _words("""
    alloca auto_ptr availability availabilityinternal availabilityinternallegacy
    availabilityversions backward_warning binders corecrt corecrt_memory corecrt_stdio_config
    corecrt_wconio corecrt_wctype corecrt_wstdlib crtdefs features malloc mm_malloc newlib
    pthread_compat pthread_signal pthread_time reent runetype syscall syslimits vadefs xlocale
""")
_HEADERS: Final = (
    _C_HEADERS
    | _CPP_HEADERS
    | {f"c{header}" for header in _C_HEADERS}
    | _POSIX_HEADERS
    | _LIBRARY_HEADERS
)
# No file of these names can be made on Windows, whatever its ending.
_DEVICES: Final = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")
_OURS: Final = re.compile(r"(thb|thumbling)(_.*)?")
_FORM: Final = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST - 1}}}")


@cache
def _own_files() -> frozenset[str]:
    """Names of the C files that lie beside a model's in a program."""
    folders = (data_dir("runtime_c"), data_dir("firmware_templates"))
    files = (path.name for folder in folders for path in folder.rglob("*"))
    matches = (re.fullmatch(r"(\w+)\.[ch](\.j2)?", name) for name in files)
    return frozenset(match[1] for match in matches if match)


def _taken_by(name: str) -> str:
    """What else has this name, empty where nothing has."""
    if name in _HEADERS:
        return "a header of that name belongs to the C or C++ library"
    if name in _own_files():
        return "a C file of that name belongs to the runtime or the firmware"
    if _OURS.fullmatch(name):
        return "names of the runtime begin so"
    return "Windows keeps that name for a device" if _DEVICES.fullmatch(name) else ""


def check_name(name: str) -> str:
    """The name as it is. Raises `OptionError` where no model can be called so."""
    if not _FORM.fullmatch(name):
        raise OptionError(
            f"{name!r} cannot name a model in C",
            hint=f"use up to {LONGEST} lower-case letters, digits and underscores, a letter first",
        )
    if reason := _taken_by(name):
        raise OptionError(
            f"{name!r} cannot name a model: {reason}", hint=f"choose another: --name my_{name}"
        )
    return name


def default_name(text: str) -> str:
    """A name made of any text: `W-2 model` becomes `w_2_model`, `string` `model_string`."""
    word = re.sub(r"\W", "_", text, flags=re.ASCII).strip("_").lower()[:_DERIVED] or "model"
    return word if word[0].isalpha() and not _taken_by(word) else f"model_{word}"
