"""The table of tests/fuzz/README.md: every target is in it, and what it names is there."""

import re

from lib.paths import ROOT, TESTS

FILE = TESTS / "fuzz" / "README.md"
COLUMNS = 3  # whose bytes, read by, target


def _rows():
    lines = [line for line in FILE.read_text().splitlines() if line.startswith("|")]
    return [[re.findall(r"`([^`]+)`", cell) for cell in line.strip("|").split("|")] for line in lines[2:]]


def untold():
    """Targets that are not in the table, and what is in it and not there."""
    rows, wrong = _rows(), []
    targets = {file.stem[len("fuzz_"):] for file in (TESTS / "fuzz").glob("fuzz_*.c")}
    for row in rows:
        if len(row) != COLUMNS or not row[1] or len(row[2]) != 1:
            wrong.append(f"a row names no decoder, or not one target: {row}")
            continue
        wrong += [f"there is no decoder {path}" for path in row[1] if not (ROOT / path).is_file()]
        if not any((TESTS / "fuzz" / "corpus" / row[2][0]).glob("*")):
            wrong.append(f"{row[2][0]} has no corpus")
    named = [row[2][0] for row in rows if len(row) == COLUMNS and row[2]]
    wrong += [f"fuzz_{name}.c is not in {FILE.name}" for name in sorted(targets - set(named))]
    wrong += [f"there is no target fuzz_{name}.c" for name in sorted(set(named) - targets)]
    return wrong
