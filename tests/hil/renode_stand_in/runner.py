# SPDX-License-Identifier: MIT
"""Stands in for `renode-test` 1.16: its arguments, exit codes and what it does to a suite.

The suite gets the resource with Renode's keywords and default fixtures, as the real one adds them.
0: all tests passed; 1: one failed, or Robot Framework is not the wanted version.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from robot.api import TestSuite

KEYWORDS = Path(__file__).with_name("renode-keywords.robot")


def main() -> int:
    """Run the suites named on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tests", nargs="*")
    parser.add_argument("-r", "--results-dir", type=Path, required=True)
    parser.add_argument("--variable", action="append", default=[])
    options = parser.parse_args()
    passed = [_run(Path(test), options.results_dir, options.variable) for test in options.tests]
    print("Tests finished successfully :)" if all(passed) else "Some tests failed :(")
    return 0 if all(passed) else 1


def _run(path: Path, results: Path, variables: list[str]) -> bool:
    suite = TestSuite.from_file_system(path)
    suite.resource.imports.create(type="Resource", name=KEYWORDS.as_posix())
    suite.setup.config(name="Setup")
    suite.teardown.config(name="Teardown")
    for test in suite.tests:
        test.setup.config(name="Reset Emulation")
        test.teardown.config(name="Test Teardown")
    outcome = suite.run(
        console="none",
        output=str(results / f"results-{path.stem}.robot.xml"),
        log=None,
        report=None,
        loglevel="TRACE",
        variable=[f"RESULTS_DIRECTORY:{results}", *variables],
    )
    for test in outcome.suite.all_tests:
        print(f"{test.name}: {test.status} {test.message}")
    return bool(outcome.return_code == 0)


if __name__ == "__main__":
    sys.exit(main())
