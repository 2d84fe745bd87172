"""Runs the libFuzzer targets of tests/fuzz, some at a time, each from its committed corpus."""

import concurrent.futures
import os
import pathlib
import shutil
import tempfile
import time

from lib import process
from lib.paths import ROOT, TESTS, build

DEFAULT_S = 60
SPARE_S = 90  # beyond its seconds, for a machine that is slow
LEAK_LIMIT_MB = 512
KEPT = build("fuzz") / "findings"  # inputs of findings outlive the run
AT_A_TIME = 4  # with no more than what others leave of the processors


def targets():
    """Their names: session_frames for tests/fuzz/fuzz_session_frames.c."""
    return sorted(file.stem[len("fuzz_"):] for file in (TESTS / "fuzz").glob("fuzz_*.c"))


def _words(name, seconds, grown):
    """libFuzzer puts what it learns into the first folder."""
    return [
        build("fuzz") / f"fuzz-{name}", f"-max_total_time={seconds}", f"-rss_limit_mb={LEAK_LIMIT_MB}",
        "-timeout=20", "-print_final_stats=1", "-max_len=70000", f"-artifact_prefix={KEPT}/{name}-",
        grown, TESTS / "fuzz" / "corpus" / name,
    ]  # fmt: skip


def _scratch():
    memory = pathlib.Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else None


def _figure(text, name):
    found = [line.split()[-1] for line in text.splitlines() if line.startswith(f"stat::{name}:")]
    return int(found[-1]) if found else 0


def _finding(name, text, inputs):
    how = [f"build/fuzz/fuzz-{name} {file.relative_to(ROOT)}   # runs it again" for file in inputs]
    shown = [f"input {file.name}: {file.read_bytes()[:200]!r}" for file in inputs]
    return "\n".join([text[-6000:], *shown, *how])


def _run(report, name, seconds):
    began = time.monotonic()
    before = set(KEPT.glob(f"{name}-*"))
    with tempfile.TemporaryDirectory(prefix="holdfast-fuzz.", dir=_scratch()) as folder:
        grown = pathlib.Path(folder) / "grown"
        grown.mkdir()
        result = process.run(
            _words(name, seconds, grown), cwd=ROOT, timeout=seconds + SPARE_S,
            env=process.environment(TMPDIR=folder), errors="replace",
        )  # fmt: skip
    text, took = result.stdout + result.stderr, time.monotonic() - began
    sentence = f"{name}_survives_any_bytes"
    if result.returncode == 0:
        inputs = _figure(text, "number_of_executed_units")
        report.ok(sentence, took, f"{inputs:>9,} inputs, {inputs / max(took, 1):>7,.0f} a second")
    else:
        report.fail(sentence, took, _finding(name, text, sorted(set(KEPT.glob(f"{name}-*")) - before)))


def run_fuzz(report, builds, seconds):
    report.head(f"fuzzing, {seconds} s each")
    if not shutil.which("clang"):
        report.cannot("decoders_survive_any_bytes", "clang is not installed")
        return
    if not builds.build("fuzz"):
        return
    KEPT.mkdir(exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        for done in [pool.submit(_run, report, name, seconds) for name in targets()]:
            done.result()
