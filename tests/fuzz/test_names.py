# SPDX-License-Identifier: MIT
"""Features, classes and files may be called anything: C compiles, reports are written."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier
from typer.testing import CliRunner

from thumbling.cli.app import app
from thumbling.codegen import emit
from thumbling.codegen.text import c_string, comment_text
from thumbling.errors import ThumblingError
from thumbling.frontends.data_file import load_data
from thumbling.ir import Answers, Graph, Port
from thumbling.ir.names import as_names, readable
from thumbling.ir.serialize import graph_from_json, graph_to_json
from thumbling.model_name import default_name
from thumbling.pipeline import Options, compile_model
from thumbling.resources import data_dir

BOUNDED = settings(
    max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wtrigraphs", "-Wcomment", "-fsyntax-only")
# Only some releases know these; the others say so with the first unknown option.
_OPTIONAL = ("-Wbidi-chars=any", "-Winvalid-utf8", "-Wdocumentation")
HOSTILE = (
    *(
        "",
        " ",
        "*/",
        "/*",
        "*/*/",
        "/*/",
        "**/",
        "//*",
        "??/",
        "???/",
        "????/",
        "a??/",
        "\\",
        "*\\",
    ),
    *("a\\\nb", "a\n#error", "\r", "\x00", "\x1b[31m", "\x7f", "\u2028", "\u202e", "\ufeff"),
    *("\udc80", "a\ud83d", "\U0001f600", "größe", "%s%n", '"', "'", "{{ x }}", "<script>", "&amp;"),
    *("[/red]", "[bold", "_Pragma", "x" * 5000, "y " * 3000, "é" * 4000, "\\u202e", "\\x41", "]]>"),
)
PIECES = st.one_of(
    st.sampled_from(HOSTILE),
    st.sampled_from("*/?\\\"'<>&\n\t ab"),
    st.characters(exclude_categories=()),
)
NAMES = st.lists(PIECES, max_size=6).map("".join)
TEXTS = st.one_of(st.sampled_from(HOSTILE), NAMES, st.text(st.characters(exclude_categories=())))


@cache
def _graph(n: int) -> Graph:
    x = np.eye(n)
    model = DecisionTreeClassifier(random_state=0).fit(np.vstack([x, 2 * x]), [*range(n)] * 2)
    return compile_model(model, Options(name="m", output="all"), None).graph


def named(names: list[str]) -> Graph:
    """A model whose features and classes have these names."""
    graph, texts = _graph(len(names)), as_names(names)
    features = replace(graph.input, names=texts)
    answers = Answers(label_types=("|O:str",))
    return replace(graph, inputs=(Port(spec=features),), class_names=(texts,), answers=answers)


@cache
def _compilers() -> tuple[tuple[str, ...], ...]:
    known = ("gcc", "clang", "g++", "clang++")
    found = [c for c in known if shutil.which(c)]
    if not found:
        pytest.skip("needs gcc or clang")
    commands = []
    for compiler in found:
        extra = [o for o in _OPTIONAL if not _runs((compiler, "-Werror", o), "int x;\n")[0]]
        dialect = ("-x", "c++") if compiler.endswith("++") else ("-std=c99", "-x", "c")
        commands.append((compiler, *dialect, *STRICT, *extra))
    return tuple(commands)


def _runs(command: tuple[str, ...], text: str) -> tuple[int, str]:
    last = () if "-x" in command else ("-x", "c", "-fsyntax-only")
    include = ("-I", str(data_dir("runtime_c") / "include"))
    done = subprocess.run(
        [*command, *include, *last, "-"], input=text.encode(), capture_output=True, check=False
    )
    return done.returncode, done.stderr.decode(errors="replace")


@BOUNDED
@given(st.lists(TEXTS, min_size=2, max_size=40))
@example(list(HOSTILE))
@example([f"{name}{end}" for name in HOSTILE for end in ("*", "?", "\\")])
def test_header_and_source_compile_without_a_warning(names: list[str]) -> None:
    graph = named(names)
    files = emit(graph, "size").files
    use = "const char *const names[] = M_CLASS_NAMES;\n"
    header, source = files["m.h"], files["m.c"].replace('#include "m.h"\n', "")
    for command in _compilers():
        language = source if "c++" not in command else ""
        code, said = _runs(command, f"{header}\nextern const char *const names[];\n{use}{language}")
        assert code == 0, said


@BOUNDED
@given(st.lists(TEXTS, min_size=2, max_size=40))
@example(list(HOSTILE))
def test_a_compiled_model_is_kept_and_comes_back(names: list[str]) -> None:
    graph = named(names)
    again = graph_from_json(graph_to_json(graph).encode("utf-8").decode("utf-8"))
    assert again.input.names == graph.input.names
    assert again.class_names == graph.class_names


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TEXTS)
@example("??" * 9)
@example("/*" * 9)
@example("*/" * 9)
def test_text_for_c_and_for_readers(text: str) -> None:
    comment, string, line = comment_text(text), c_string(text), readable(text)
    for pair in ("*/", "/*", "??"):
        assert pair not in comment
    assert len(comment.splitlines()) <= 1
    assert string.isascii()
    assert string.isprintable()
    assert "??" not in string
    assert line.isprintable()
    for made in (comment, string, line, *as_names([text])):
        if made is not comment:
            made.encode("utf-8")
    comment.encode("utf-8")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TEXTS)
def test_any_file_name_gives_a_name_in_c(text: str) -> None:
    name = default_name(text)
    assert Options(name=name).name == name
    assert name.isascii()


@pytest.mark.parametrize("text", ["\udcff", "a\nb", "[red]", "\x1b[31m", "-", "{0}", "ü" * 60])
def test_a_data_file_of_any_name(tmp_path: Path, text: str) -> None:
    for suffix in (".csv", ".npz"):
        path = tmp_path / f"{text}{suffix}"
        try:
            path.write_text("a,b\n1,x\n", encoding="utf-8")
        except OSError:
            pytest.skip("this file system does not take that name")
        with pytest.raises(ThumblingError, match="row 2, column 2"):
            load_data(path, 2, ("a", "b"))


def test_a_model_with_hostile_names_goes_all_the_way(tmp_path: Path) -> None:
    """Through every document that `compile` writes and every command that reads them."""
    joblib = pytest.importorskip("joblib")
    names = np.array([f"{i}{name[:200]}" for i, name in enumerate(HOSTILE)], dtype=object)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3 * len(names), len(names)))
    x += np.tile(np.eye(len(names)), (3, 1)) * 9  # so that every class is predicted
    model = LogisticRegression().fit(x, np.tile(np.sort(names.astype(str)), 3))
    model.feature_names_in_ = names
    joblib.dump(model, tmp_path / "m\udcff.joblib")
    np.save(tmp_path / "rows.npy", x[:49])
    common = ["--builder", "none", "--verify", "none", "--trust", "--input-type", "int16"]
    commands = [
        ["compile", str(tmp_path / "m\udcff.joblib"), "--board", "nucleo-f401", *common],
        ["report", str(tmp_path / "out")],
        ["report", str(tmp_path / "out"), "--json"],
        ["predict", str(tmp_path / "out"), "--data", str(tmp_path / "rows.npy")],
        ["predict", str(tmp_path / "out"), "--data", str(tmp_path / "rows.npy"), "--json"],
        ["inspect", str(tmp_path / "out"), "--json"],
    ]
    commands[0] += ["--data", str(tmp_path / "rows.npy"), "-o", str(tmp_path / "out")]
    for command in commands:
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, (command, result.output, result.exception)
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["model"]["n_features"] == len(names)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<script>" not in page
