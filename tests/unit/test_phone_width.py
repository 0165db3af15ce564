# SPDX-License-Identifier: MIT
"""The report fits a phone of 390 px: by its structure, and as a browser lays it out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.unit.test_report import BAD, BARE, PLAN, REGRESSOR, REPORT

from thumbling.fidelity import FeatureLoss, RealRows
from thumbling.report import OutputInfo, Report
from thumbling.report.html import render_card, render_html

PHONE = 390
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
LONG = "a_name_without_any_place_to_break_it_" * 3
FIELDS = tuple(
    OutputInfo(
        field=field,
        length=10,
        scale="1/12345678901234567890",
        certificate="bounded",
        epsilon=1.2345e-7,
        reason="for inputs within the range of the data weights are rounded to one power of two",
    )
    for field in ("label", "proba", "score")
)
WIDE = replace(
    REPORT,
    name=LONG[:48],
    model=replace(
        REPORT.model, source=f"sklearn.{LONG}", class_names=((LONG, "yes"),), feature_names=(LONG,)
    ),
    fidelity=replace(REPORT.fidelity, outputs=FIELDS),
    output_ranges={"proba": ((0.0, 1.0),), "score": ((-1.234e-30, 1.2345e30),) * 8},
)
LOSSES = tuple(
    FeatureLoss(
        name=name,
        used_of_range=0.000335,
        steps=22,
        rows_saturated=12345,
        worst_step=1.2345e-7,
        worst_error=1.2345e-7,
    )
    for name in ("x0", "sepal length (cm)", LONG)
)
STORED = replace(
    REPORT,
    input=replace(REPORT.input, features=LOSSES, labels_changed=7),
    fidelity=replace(
        REPORT.fidelity,
        on_real_rows=RealRows(rows=143, label_agreement=0.951, max_abs_error=1.2345e-7),
    ),
)
WIDE_PLAN = replace(
    PLAN,
    kernels=(replace(PLAN.kernels[0], computes=(LONG, LONG), choice={LONG: LONG}),),
    tensors=(*PLAN.tensors, replace(PLAN.tensors[2], name=LONG, shares=(LONG, LONG))),
)
PLANNED = replace(REPORT, plan=WIDE_PLAN)
REPORTS = [REPORT, BARE, BAD, REGRESSOR, WIDE, STORED, PLANNED]


class Tables(HTMLParser):
    """Whether every table fits: few columns, or cells that stand below each other with names."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str | None] = []
        self.found: list[bool] = []
        self.cells = self.unnamed = self.widest = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag != "meta":
            self.open.append(given.get("class"))
        if tag == "table":
            self.unnamed = self.widest = 0
        if tag == "tr":
            self.cells = 0
        if tag in ("td", "th"):
            self.cells += 1
            self.widest = max(self.widest, self.cells)
            self.unnamed += tag == "td" and "data-label" not in given

    def handle_endtag(self, tag: str) -> None:
        kind = self.open.pop()
        if tag == "table":
            stacked = "stack" in (kind or "").split()
            self.found.append((stacked and not self.unnamed) or self.widest <= 4)


@pytest.mark.parametrize("report", REPORTS)
def test_a_table_has_few_columns_or_stacks_its_cells_with_names(report: Report) -> None:
    tables = Tables()
    page = render_html(report)
    tables.feed(page)
    assert len(tables.found) == page.count("<table")
    assert all(tables.found), tables.found
    assert "@media(max-width:40rem)" in page


MEASURE = """<!doctype html><meta charset="utf-8"><body style="margin:0">
<iframe id="phone" style="border:0;width:%dpx;height:844px" srcdoc="%s"></iframe><script>
const phone = document.getElementById("phone")
phone.onload = () => {
  const page = phone.contentDocument, root = page.documentElement, room = root.clientWidth
  const wide = [...page.querySelectorAll("body *")].filter(
    (e) => !e.parentElement.closest(".scroll") && e.getBoundingClientRect().right > room + 0.5)
  const found = {room, width: root.scrollWidth, all: page.querySelectorAll("*").length,
    wide: wide.map((e) => e.outerHTML.slice(0, 200))}
  document.body.innerHTML = "<pre>" + JSON.stringify(found).replaceAll("<", "&lt;") + "</pre>"
}
</script>"""


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt install chromium")
def test_a_browser_finds_no_element_wider_than_the_phone(tmp_path: Path) -> None:
    assert CHROMIUM is not None
    pages = [render_html(report).replace("<details>", "<details open>") for report in REPORTS]
    cards = [f"<!doctype html>{render_card(report)}" for report in REPORTS]
    frame = tmp_path / "frame.html"
    for number, page in enumerate([*pages, *cards]):
        frame.write_text(MEASURE % (PHONE, escape(page)), encoding="utf-8")
        profile = tmp_path / f"profile{number}"
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
        shown = subprocess.run(
            [*command, f"--user-data-dir={profile}", "--virtual-time-budget=5000", frame.as_uri()],
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=True,
        ).stdout
        match = re.search(r"<pre>(.*)</pre>", shown, re.DOTALL)
        assert match is not None, shown[:2000]
        found = json.loads(unescape(match[1]))
        assert found["all"] > 10
        assert PHONE - 20 <= found["room"] <= PHONE  # a scroll bar takes its part
        assert (found["width"], found["wide"]) == (found["room"], [])


def test_a_card_says_what_rows_its_figures_are_of() -> None:
    card = " ".join(render_card(STORED).split())
    assert "on your rows: 143 rows compared, 136 labels equal (95.1 %), worst error" in card
    assert "; on stored rows: 143 rows compared, all labels equal" in card
    assert '<dt>labels equal on your rows</dt><dd class="bad">95.1 %</dd>' in card
