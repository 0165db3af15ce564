# SPDX-License-Identifier: MIT
"""Reports: the JSON of the contract, and text and HTML that show the same figures."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from rich.console import Console

from thumbling.api import Compiled, OutputFolder
from thumbling.errors import OutputError
from thumbling.fidelity.record import (
    Confusion,
    FeatureLoss,
    LabelChange,
    Pair,
    RealRows,
    StoredInput,
    Suggestion,
)
from thumbling.firmware.sizes import Memory, Symbol
from thumbling.ir import Graph
from thumbling.report import (
    Fidelity,
    Inference,
    ModelInfo,
    OutputInfo,
    Report,
    Verification,
    report_from_dict,
)
from thumbling.report.explanations import output_rows
from thumbling.report.html import render_card, render_html
from thumbling.report.text import render_text
from thumbling.report.words import number, share
from thumbling.schedule import Plan, PlannedKernel, PlannedTensor
from thumbling.spread import Spread

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
        instructions=Spread(mean=209.9, max=318),
        cycles=Spread(mean=310.8, max=455),
        latency_us=Spread(mean=3.848, max=5.633),
        method="blocks",
        flash_factor=1.04,
        latency_method="latency = cycles / 84 MHz x 1.04; the factor is an estimate",
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
    input=StoredInput(
        type="float32",
        scale=(1.0, 1.0),
        offset=(0.0, 0.0),
        features=(FeatureLoss(name="mean radius"), FeatureLoss(name="<i>")),
    ),
    verification=(Verification(on="unicorn", vectors=843, mismatches=0),),
    builder="gcc",
    options={"optimize": "balanced"},
    output_ranges={},
)
VALUE = OutputInfo(
    field="value", length=1, scale="1/4096", certificate="bounded", epsilon=0.02, reason="rounded"
)
REGRESSOR = replace(
    REPORT,
    model=replace(REPORT.model, class_names=(), source="sklearn.Ridge"),
    fidelity=replace(
        REPORT.fidelity,
        certificate="bounded",
        epsilon=0.02,
        outputs=(VALUE,),
    ),
    output_ranges={"value": ((-20.5, 380.0),)},
)
REAL = RealRows(
    rows=143,
    label_agreement=126 / 143,
    max_abs_error=None,
    rows_dropped=7,
    dropped=(3, 8, 9, 12, 40),
    label_changes=(LabelChange(source="<b>no</b>", chip="yes", rows=17),),
    rows_with_truth=140,
    accuracy=Pair(source=0.95, chip=0.84),
    right_by_source_alone=16,
    right_by_chip_alone=1,
    confusion=Confusion(source=((70, 2), (5, 63)), chip=((53, 19), (3, 65))),
)
LOSSY = replace(
    REPORT,
    fidelity=replace(REPORT.fidelity, on_real_rows=REAL),
    input=StoredInput(
        type="int8",
        scale=(1.0, 1.0),
        offset=(0.0, 0.0),
        features=(
            FeatureLoss(
                name="mean radius",
                used_of_range=0.0078125,
                steps=2,
                rows_saturated=0,
                worst_step=1.0,
                worst_error=0.5,
            ),
            FeatureLoss(name="<i>"),
        ),
        labels_changed=17,
        suggestion=Suggestion(
            scale=(0.004, 0.1), offset=(0.5, -2.0), labels_changed=1, max_abs_change=None
        ),
    ),
)
PLAN = Plan(
    kernels=(
        PlannedKernel(
            name="dense_blocks",
            computes=("sum0", "h0"),
            choice={"rows": 4},
            flash_bytes=2345,
            cycles=3456,
            stack_bytes=80,
        ),
    ),
    tensors=(
        PlannedTensor(name="x", type="uint8", shape=(64,), n_bytes=64, place="input", at="x"),
        PlannedTensor(
            name="sum0", type="int32", shape=(32,), n_bytes=128, place="kernel", at="dense_blocks"
        ),
        PlannedTensor(
            name="h0",
            type="int8",
            shape=(4, 8),
            n_bytes=32,
            place="stack",
            at="h0",
            shares=("h2",),
        ),
        PlannedTensor(name="p", type="int32", shape=(1,), n_bytes=4, place="output", at="label"),
    ),
    stack_bytes=1112,
    stack_goal=128,
)
PLANNED = replace(REPORT, plan=PLAN)
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


@pytest.mark.parametrize("report", [REPORT, BARE, BAD, REGRESSOR, LOSSY, PLANNED])
def test_json_round_trip(report: Report) -> None:
    assert report_from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_real_rows_are_absent_without_data_and_figures_without_truth() -> None:
    assert "on_real_rows" not in REPORT.to_dict()["fidelity"]
    real = LOSSY.to_dict()["fidelity"]["on_real_rows"]
    assert real["accuracy"] == {"source": 0.95, "chip": 0.84}
    assert real.keys().isdisjoint({"rmse", "r2"})
    stored = json.loads(json.dumps(LOSSY.to_dict()))["input"]
    assert (stored["type"], stored["scale"]) == ("int8", [1.0, 1.0])
    assert stored["features"][0].keys() >= {
        *("name", "used_of_range", "rows_saturated", "worst_step"),
    }


@pytest.mark.parametrize(
    "words",
    [
        "What the compiler does (source and chip on stored rows)",
        "What you get (source on your rows as they are, chip on stored ones)",
        "126 labels equal (88.1 %)",
        "the source itself refuses 7 rows (3, 8, 9, 12, 40, ..)",
        "right by the source alone: 16 rows, by the chip alone: 1",
        "<b>no</b> became yes: 17",
        "95.00 %",
        "84.00 %",
        "140 true answers",
        "0.781 %",
        "toring the data as int8 changes the label of 17 rows; least is lost with --input-scale"
        " auto (--input-scale=0.004,0.1 --input-offset=0.5,-2.0), which changes 1",
    ],
)
def test_text_and_page_say_what_storing_loses(words: str) -> None:
    page = Page()
    page.feed(render_html(LOSSY))
    assert words in " ".join(page.text.split())
    assert words in " ".join(text(LOSSY).split())
    assert words not in text(REPORT) or words.startswith("What the compiler")


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


@pytest.mark.parametrize("report", [REPORT, BARE, BAD, REGRESSOR, LOSSY, PLANNED])
def test_html_is_well_formed_and_self_contained(report: Report) -> None:
    page = Page()
    page.feed(render_html(report))
    page.close()
    assert page.open == []
    assert "script" not in page.tags
    assert "mean radius" in page.text
    assert ("<b>no</b>, yes" in page.text) == bool(report.model.class_names)
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


def test_the_plan_says_how_and_where() -> None:
    for shown in (text(PLANNED), render_html(PLANNED)):
        flat = " ".join(shown.split()).replace("&#39;", "'")
        for words in (
            "sum0, h0: dense_blocks (rows 4)",
            *("3 456", "2 345 B", "4 x 8 x int8", "the caller's row"),
            "the stack, at other times h2",
            "inside dense_blocks",
            "the caller's struct, label",
            "take 1 112 B of stack, beyond the goal of 128 B",
        ):
            assert words in flat, words
    assert PLANNED.to_dict()["plan"]["tensors"][2]["shape"] == (4, 8)
    assert report_from_dict({**REPORT.to_dict(), "plan": None}) == REPORT
    old = REPORT.to_dict()
    del old["plan"]
    assert report_from_dict(old).plan is None
    assert "Tensors" not in text(REPORT)


def test_latency_is_explained_where_it_stands() -> None:
    for shown in (text(REPORT), render_html(REPORT)):
        flat = " ".join(shown.split())
        assert "latency = cycles / 84 MHz x 1.04; the factor is an estimate" in flat
        assert "455 cycles / 84 MHz x 1.04 = 5.633 µs" in flat
    assert REPORT.inference is not None
    old = replace(REPORT, inference=replace(REPORT.inference, flash_factor=None, latency_method=""))
    assert "cycles /" not in text(old) + render_html(old)


def test_a_bound_stands_beside_the_range_of_its_output() -> None:
    (row,) = output_rows(REGRESSOR)
    assert (row.name, row.low, row.high, row.bound, row.share) == (
        *("value", -20.5, 380.0, 0.02),
        "0.005 %",
    )
    for shown in (text(REGRESSOR), render_html(REGRESSOR)):
        assert all(figure in shown for figure in ("-20.5", "380", "0.02", "0.005 %"))
    assert "Range and bound" not in text(REPORT)
    assert "Range and bound" not in render_html(REPORT)


def test_every_output_has_its_own_range_and_many_share_one() -> None:
    several = {"value": ((0.0, 1.0), (-3.0, 5.0))}
    rows = output_rows(replace(REGRESSOR, output_ranges=several))
    assert [(row.name, row.low, row.high) for row in rows] == [
        ("value[0]", 0.0, 1.0),
        ("value[1]", -3.0, 5.0),
    ]
    many = {"value": tuple((0.0, float(k)) for k in range(100))}
    assert [(r.name, r.high) for r in output_rows(replace(REGRESSOR, output_ranges=many))] == [
        ("value", 99.0)
    ]


def test_a_regressor_is_told_nothing_about_labels() -> None:
    for shown in (text(REGRESSOR), render_html(REGRESSOR), render_card(REGRESSOR)):
        assert "label" not in shown.replace("labelledby", "").replace("data-label", "").replace(
            "aria-label", ""
        )
    label = replace(REPORT.fidelity.outputs[0], certificate="bounded", epsilon=0.1)
    bounded = replace(REPORT, fidelity=replace(REPORT.fidelity, outputs=(label,)))
    assert "a label can differ only where" in render_html(bounded)


@pytest.mark.parametrize("report", [REPORT, BARE, BAD, REGRESSOR])
def test_the_card_is_one_block_with_styles_of_its_own(report: Report) -> None:
    card = render_card(report)
    page = Page()
    page.feed(card)
    page.close()
    assert page.open == []
    assert "script" not in page.tags
    assert report.name in page.text
    style = card.partition("<style>")[2].partition("</style>")[0]
    rules = [rule for rule in style.split("}") if rule.strip()]
    for rule in rules:
        for selector in rule.partition("{")[0].split(","):
            assert selector.strip().startswith(".thumbling-card"), selector
    # A notebook's theme need not be the system's: no colour of ours but on a ground of ours.
    assert "prefers-color-scheme" not in style
    for rule in rules:
        colours = re.findall(r"(?<![-\w])color:([^;]+)", rule)
        assert colours in ([], ["inherit"]) or "background:#" in rule


def test_a_notebook_shows_the_card() -> None:
    """As IPython asks for it; where it is not installed, as it would."""
    compiled = Compiled(
        graph=Graph.__new__(Graph), folder=OutputFolder.__new__(OutputFolder), report=REPORT
    )
    try:
        from IPython.core.formatters import HTMLFormatter
    except ModuleNotFoundError:
        shown = compiled._repr_html_()
    else:
        shown = HTMLFormatter()(compiled)
    assert shown == render_card(REPORT)
    assert repr(REPORT) == "<thumbling.Report gesture on nucleo_f401re, exact>"


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
    assert share(99999, 100000) == ">99.9 %"
    assert share(10, 10) == "100.0 %"
