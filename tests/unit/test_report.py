# SPDX-License-Identifier: MIT
"""Reports: the JSON of the contract, and text and HTML that show the same figures."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from rich.console import Console

from thumbling.errors import OutputError
from thumbling.report import (
    Fidelity,
    Inference,
    Memory,
    ModelInfo,
    OutputInfo,
    Report,
    Stat,
    Symbol,
    Verification,
    report_from_dict,
)
from thumbling.report.html import render_html
from thumbling.report.text import render_text
from thumbling.report.words import number, share

REPORT = Report(
    name="gesture",
    board="nucleo_f401re",
    core="cortex-m4",
    f_cpu_hz=84_000_000,
    model=ModelInfo(
        source="sklearn.RandomForestClassifier",
        n_features=30,
        n_outputs=1,
        class_names=(("<b>no</b>", "yes"),),
        input_type="float32",
        model_id="0011223344556677",
        feature_names=("mean radius", "<i>"),
    ),
    memory=Memory(
        flash_bytes=6676,
        ram_bytes=472,
        stack_bytes=44,
        model_flash_bytes=4588,
        model_ram_bytes=0,
        flash_total=524288,
        ram_total=98304,
        largest=(Symbol(name="gesture_predict", part="model", memory="flash", size=4588),),
    ),
    inference=Inference(
        samples=32,
        instructions=Stat(mean=209.9, max=318),
        cycles=Stat(mean=310.8, max=455),
        latency_us=Stat(mean=3.848, max=5.633),
        method="blocks",
    ),
    fidelity=Fidelity(
        certificate="exact",
        epsilon=0.0,
        rows=143,
        label_agreement=1.0,
        max_abs_error=0.0,
        rows_inside_bound=0,
        outputs=(
            OutputInfo(
                field="label",
                length=1,
                scale="1",
                certificate="exact",
                epsilon=0.0,
                reason="the votes decide",
            ),
        ),
    ),
    verification=(Verification(on="unicorn", vectors=843, mismatches=0),),
    builder="gcc",
    options={"optimize": "balanced"},
)
BARE = replace(REPORT, memory=None, inference=None, verification=())
BAD = replace(
    REPORT, verification=(Verification(on="qemu", vectors=9, mismatches=2, detail="vector 3"),)
)


def text(report: Report) -> str:
    plain = Console(width=100)
    with plain.capture() as shown:
        plain.print(render_text(report))
    return shown.get()


def test_json_is_the_contract() -> None:
    document = json.loads(json.dumps(REPORT.to_dict()))
    assert next(iter(document)) == "schema"
    assert document["memory"].keys() >= {
        "flash_bytes",
        "ram_bytes",
        "stack_bytes",
        "model_flash_bytes",
        "model_ram_bytes",
    }
    assert document["inference"]["cycles"] == {"mean": 310.8, "max": 455}
    assert document["verification"][0]["on"] == "unicorn"
    assert document["model"]["n_outputs"] == 1


@pytest.mark.parametrize("report", [REPORT, BARE, BAD])
def test_json_round_trip(report: Report) -> None:
    assert report_from_dict(json.loads(json.dumps(report.to_dict()))) == report


@pytest.mark.parametrize("document", [{}, [], None, {"schema": 99}, {"schema": 1, "name": 3}])
def test_damaged_json_is_refused(document: object) -> None:
    with pytest.raises(OutputError):
        report_from_dict(document)


def test_text_shows_every_figure() -> None:
    shown = text(REPORT)
    for figure in (
        "gesture",
        "6\xa0676 B",
        "44 B",
        "318",
        "5.633",
        "exact",
        "143",
        "843",
        "identical",
        "143 rows compared; all labels equal",
        "bit-exact: 843 comparisons on unicorn",
    ):
        assert figure in shown
    assert "DIFFERENT" in text(BAD)
    assert "vector 3" in text(BAD)
    assert "Memory" not in text(BARE)


class Page(HTMLParser):
    """Counts what is opened and closed, and gathers the text."""

    VOID = frozenset({"meta"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            assert name not in {"src", "href"}, f"the page asks for {value}"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("report", [REPORT, BARE, BAD])
def test_html_is_well_formed_and_self_contained(report: Report) -> None:
    page = Page()
    page.feed(render_html(report))
    page.close()
    assert page.open == []
    assert "script" not in page.tags
    assert "<b>no</b>, yes" in page.text
    assert ("svg" in page.tags) == (report.memory is not None)


def test_html_says_whether_it_is_verified() -> None:
    assert "bit-exact: 843" in render_html(REPORT)
    assert "differs from the reference on qemu" in render_html(BAD)
    assert "not verified" in render_html(BARE)


def test_rows_that_are_not_the_users_are_called_so() -> None:
    made = replace(REPORT, fidelity=replace(REPORT.fidelity, made_rows=True))
    assert "143 made-up rows compared" in text(made)
    assert "143 made-up rows compared" in render_html(made)
    assert "made-up" not in text(REPORT)


def test_figures() -> None:
    assert number(1234567) == "1\xa0234\xa0567"
    assert number(None) == "-"
    assert number(0.016012) == "0.01601"
    assert number(1234.5) == "1\xa0234"
    assert number(3e23) == "3e+23"
    assert number(-2500.0) == "-2\xa0500"
    assert number(float("inf")) == "inf"
    assert share(1, 100000) == "<0.1 %"
    assert share(0, 10) == "0.0 %"
