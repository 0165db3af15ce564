# SPDX-License-Identifier: MIT
"""Reads a model file: recognised by its content, so a pickle is never run by accident.

Only the file the user names as MODEL is ever unpickled, and only when its name says that it is a
pickle. Everything a damaged or hostile file can do ends in one `ModelError`.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thumbling.errors import (
    MissingToolError,
    ModelError,
    ThumblingError,
    UnsupportedModelError,
    UntrustedModelError,
)
from thumbling.frontends.archive import check_archive
from thumbling.frontends.file_content import file_content
from thumbling.frontends.model_format import (
    COMPRESSED_ENDINGS,
    PICKLE_ENDINGS,
    UNSUPPORTED,
    recognise,
)
from thumbling.frontends.release import both_releases, installed, mark_releases, saved_releases
from thumbling.frontends.saved_release import saved_release
from thumbling.frontends.unpack import (
    MAX_UNPACKED_BYTES,
    TooLargeError,
    compression,
    too_large,
    unpack,
)

Warn = Callable[[str], None]

# Types skops does not trust by itself, that hold nothing but numbers and that scikit-learn puts
# into the estimators we compile.
KNOWN_TYPES = frozenset(
    {
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.tree._tree.Tree",
    }
)

_PACKAGES = {
    "sklearn": 'pip install "thumbling[sklearn]"',
    "joblib": 'pip install "thumbling[sklearn]"',
    "skops": 'pip install "thumbling[sklearn]"',
    "lz4": "pip install lz4",
    "xgboost": "pip install xgboost",
    "lightgbm": "pip install lightgbm",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """A loaded estimator; `sha256` is over the file's bytes, `format` is `pickle` or `skops`."""

    estimator: Any
    sha256: str
    format: str


def load_model(path: Path, *, trust: bool, allow_pickle: bool, warn: Warn) -> LoadedModel:
    """The estimator in the file `path`.

    `trust` silences the warning before a pickle is loaded, `allow_pickle=False` refuses pickles.
    `warn` is given one line of text per warning. Raises `ModelError` and its children, and
    `MissingToolError` where a Python package is missing.
    """
    content = _read(path)
    kind = recognise(content)
    if kind in UNSUPPORTED:
        raise _not_supported(path.name, UNSUPPORTED[kind])
    if kind == "skops":
        estimator = _load_skops(path.name, content, warn)
    elif kind == "pickle":
        _check_pickle(path, trust=trust, allow_pickle=allow_pickle, warn=warn)
        estimator = _load_pickle(path.name, content, warn)
    else:
        raise ModelError(
            f"{path.name}: {kind}", hint="give a model file such as model.skops or model.joblib"
        )
    return LoadedModel(estimator=estimator, sha256=hashlib.sha256(content).hexdigest(), format=kind)


def _read(path: Path) -> bytes:
    with suppress(OSError):
        if (path / "saved_model.pb").is_file():
            raise _not_supported(path.name, "a TensorFlow SavedModel")
    return file_content(
        path, most=MAX_UNPACKED_BYTES, error=ModelError, hint="check the path of MODEL"
    )


def _not_supported(name: str, what: str) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"{name} holds {what}, which is not supported yet",
        hint="`thumbling models` lists what is; save scikit-learn models with skops or joblib",
    )


def _check_pickle(path: Path, *, trust: bool, allow_pickle: bool, warn: Warn) -> None:
    endings = [ending.lower() for ending in path.suffixes]
    inner = endings[-2:-1] if endings and endings[-1] in COMPRESSED_ENDINGS else []
    named = bool(endings) and endings[-1] in PICKLE_ENDINGS | COMPRESSED_ENDINGS
    if not named or (inner and inner[0] in {".skops", ".csv", ".json", ".npy", ".npz"}):
        raise UntrustedModelError(
            f"{path.name} is a pickle under another ending; it was not loaded,"
            " because pickles run code",
            hint="if you trust it, rename it to .pkl or .joblib",
        )
    if not allow_pickle:
        raise UntrustedModelError(
            f"{path.name} is a pickle, and pickles are refused here because they run code",
            hint="save the model with skops.io.dump; --no-pickle and allow_pickle = false of the"
            " project file forbid pickles",
        )
    if not trust:
        warn(f"{path.name} is a pickle: loading it runs the code in it (--trust silences this)")


def _require(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise _missing(error.name or module) from error


def _missing(module: str) -> MissingToolError:
    root = module.partition(".")[0]
    package = "scikit-learn" if root in {"sklearn", "joblib"} else root
    return MissingToolError(
        f"this model needs {package}, which is not installed",
        hint=_PACKAGES.get(root, f"pip install {root}"),
    )


def _load_pickle(name: str, content: bytes, warn: Warn) -> Any:
    joblib = _require("joblib")
    _require("sklearn")
    with _notes(name, warn) as caught:
        try:
            kind = compression(content)
            plain = content if kind is None else unpack(content, kind, MAX_UNPACKED_BYTES)
            model = joblib.load(io.BytesIO(plain))
        except TooLargeError as error:
            raise too_large(name, MAX_UNPACKED_BYTES, ModelError) from error
        except ModuleNotFoundError as error:
            raise _no_module(name, error, content) from error
        # A pickle runs foreign code, which may raise anything, SystemExit included.
        except (Exception, SystemExit) as error:
            raise _unreadable(name, error, content) from error
        mark_releases(name, model, caught)
        return model


def _load_skops(name: str, content: bytes, warn: Warn) -> Any:
    skops = _require("skops.io")
    _require("sklearn")
    with _notes(name, warn) as caught:
        try:
            check_archive(name, content, MAX_UNPACKED_BYTES)
            untrusted = sorted(set(skops.get_untrusted_types(data=content)) - KNOWN_TYPES)
            if untrusted:
                raise _untrusted(name, untrusted, content)
            model = skops.loads(content, trusted=sorted(KNOWN_TYPES))
        except ModuleNotFoundError as error:
            raise _no_module(name, error, content) from error
        except ModelError:
            raise
        # skops walks a schema the file controls: a hostile one can raise anything.
        except Exception as error:
            raise _unreadable(name, error, content) from error
        mark_releases(name, model, caught)
        return model


def _untrusted(name: str, types: list[str], content: bytes) -> UntrustedModelError:
    releases = both_releases(saved_release(content))
    hint = f"fit and save it again with scikit-learn {installed()}" if releases else ""
    return UntrustedModelError(
        f"{name} holds types that are not known to be safe: {', '.join(types)}{releases}",
        hint=hint or "save the model without them; thumbling compiles scikit-learn's classes",
    )


def _no_module(name: str, error: ModuleNotFoundError, content: bytes) -> ThumblingError:
    """A package that is missing, or a module that the installed scikit-learn does not have."""
    module = error.name or ""
    root = module.partition(".")[0]
    if root in _PACKAGES and root not in sys.modules:
        return _missing(module)
    if both_releases(saved_release(content)):
        return _unreadable(name, error, content)
    return ModelError(
        f"{name} needs the Python module {module!r}, which is not installed",
        hint="install what the model was trained with",
    )


@contextmanager
def _notes(name: str, warn: Warn) -> Iterator[list[warnings.WarningMessage]]:
    """Collects Python's warnings and tells them as one line each, where loading ends well."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught
    saved = ", ".join(sorted({release for _, release in saved_releases(caught)}))
    if saved:
        warn(
            f"{name} was saved by scikit-learn {saved} and is read by {installed()}:"
            " fit and save it again where that matters"
        )
    others = [w for w in caught if not hasattr(w.message, "original_sklearn_version")]
    for text in sorted({_first_line(item.message) for item in others}):
        warn(f"{name}: {text}")


def _unreadable(name: str, error: BaseException, content: bytes) -> ModelError:
    what = f"{type(error).__name__}: {_first_line(error)}"
    saved = saved_release(content)
    if both_releases(saved):
        return ModelError(
            f"{name} was saved by scikit-learn {saved} and is read by {installed()}, which cannot"
            f" load it ({what})",
            hint="install the release it was saved by, or fit and save the model again",
        )
    return ModelError(
        f"{name} is damaged or incomplete and cannot be loaded ({what})",
        hint="save or copy the model again",
    )


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else "no details"
