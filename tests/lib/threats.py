"""The table of host/SECURITY.md: each row says by which test it is shown, and there is such a test."""

import re

from lib.paths import ROOT, TESTS

FILE = ROOT / "host" / "SECURITY.md"
BEGIN, END = "## Who can do what", "## What is not defended"
COLUMNS = 5  # attacker, holds, can, cannot, shown by


def _rows():
    """The cells of each row."""
    _, part = FILE.read_text().split(f"\n{BEGIN}\n")
    lines = [line for line in part.split(f"\n{END}\n")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _cases():
    texts = [file.read_text() for file in (TESTS / "flow").glob("*.py")]
    return {name for text in texts for name in re.findall(r"^@case\(.*\)\ndef (\w+)", text, re.MULTILINE)}


def _is_there(name, cases):
    if "/" in name:
        return (ROOT / name).is_file()
    unit = re.fullmatch(r"unit\.(\w+)\.(\w+)", name)
    return (TESTS / "unit" / unit[1] / f"test_{unit[2]}.c").is_file() if unit else name in cases


def unshown():
    """Rows that name no test, and tests that are not there."""
    cases, rows = _cases(), _rows()
    wrong = [] if rows else [f"{FILE.name}: no table below {BEGIN!r}"]
    for row in rows:
        names = [name for name in re.findall(r"`([^`]+)`", row[-1]) if name != "ctest"]
        if len(row) != COLUMNS or not names:
            wrong.append(f"no test is named by: {' | '.join(row)}")
        wrong += [f"there is no test {name}" for name in names if not _is_there(name, cases)]
    return wrong
