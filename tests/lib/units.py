"""The unit tests of a preset, through ctest: each of cmocka's tests counts as one."""

import os
import re
import tempfile
import xml.etree.ElementTree

from lib.paths import build
from lib.process import run

RESULT = re.compile(r"^\[\s+(OK|FAILED|SKIPPED)\s+\] (\S+)$", re.MULTILINE)


def _outcomes(text):
    """Names by what became of them, from what a cmocka program printed."""
    found = {"OK": [], "FAILED": [], "SKIPPED": []}
    for word, name in RESULT.findall(text):
        if name not in found[word]:  # failed ones are listed a second time at the end
            found[word].append(name)
    return found


def _note(report, preset, suite):
    name, seconds = f"{preset}: {suite.get('name')}", float(suite.get("time", 0))
    text = suite.findtext("system-out") or ""
    found = _outcomes(text)
    failed = max(len(found["FAILED"]), 0 if suite.get("status") == "run" else 1)
    report.skipped += len(found["SKIPPED"])
    if failed:
        report.passed += len(found["OK"])
        report.fail(name, seconds, text[-8000:], count=failed)
    else:
        report.ok(f"{name}: {len(found['OK'])} tests", seconds, count=len(found["OK"]))


def run_units(report, preset):
    report.head(f"unit tests, {preset}")
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        result = run(
            [
                "ctest", "--test-dir", build(preset), "--parallel", os.cpu_count() + 1, "--no-tests=error",
                "--output-junit", file.name, "--test-output-size-passed", "1000000",
                "--test-output-size-failed", "1000000",
            ],
            timeout=1200, start_new_session=True,  # a signal for the group of one that errs is theirs
        )  # fmt: skip
        try:
            suites = xml.etree.ElementTree.parse(file.name).findall("testcase")
        except xml.etree.ElementTree.ParseError:
            suites = []
    if not suites:
        report.fail(f"{preset}: ctest", 0, f"exit code {result.returncode}\n{result.stdout}{result.stderr}")
    for suite in suites:
        _note(report, preset, suite)
