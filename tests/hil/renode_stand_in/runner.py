# SPDX-License-Identifier: MIT
"""Stands in for `renode-test`: its arguments, exit codes and what it does to a suite.

The suite gets the resource with Renode's keywords and default fixtures, as the real one adds them.
0: all tests passed; 1: one failed. It says that another Robot Framework would be better, whatever
there is, and tells of a failure in colour, with the path of a log in the results folder.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from robot.api import TestSuite

KEYWORDS = Path(__file__).with_name("renode-keywords.robot")
_RED, _END = "\x1b[31m", "\x1b[0m"


def main() -> int:
    """Run the suites named on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tests", nargs="*")
    parser.add_argument("-r", "--results-dir", type=Path, required=True)
    parser.add_argument("--variable", action="append", default=[])
    options = parser.parse_args()
    print("This version of Robot is not officially supported: `pip install robotframework==6.1`")
    missing = [test for test in options.tests if not Path(test).is_file()]
    if missing:
        print(f"{_RED}Path {missing[0]} to test file doesn't exist{_END}")
        return 1
    options.results_dir.mkdir(parents=True, exist_ok=True)
    passed = [_run(Path(test), options.results_dir, options.variable) for test in options.tests]
    print(f"Output:  {options.results_dir}/robot_output.xml")
    print("Tests finished successfully :)" if all(passed) else f"{_RED}Some tests failed :({_END}")
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
        output=str(results / "robot_output.xml"),
        log=None,
        report=None,
        loglevel="TRACE",
        variable=[f"RESULTS_DIRECTORY:{results}", *variables],
    )
    if outcome.return_code != 0:
        _save_log(results, path.stem)
    return bool(outcome.return_code == 0)


def _save_log(results: Path, suite: str) -> None:
    log = results / "logs" / f"{suite}.fail0.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text(f"[INFO] Including script(s)\n{_RED}[ERROR] cpu: aborted{_END}\n", "utf-8")
    print(f'!!!!! Log saved to "{results}//logs/{log.name}"')


if __name__ == "__main__":
    sys.exit(main())
