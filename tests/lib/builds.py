"""Configures and builds presets, each once a run."""

import concurrent.futures
import re
import shutil
import time

from lib.paths import ROOT, build
from lib.process import run

LIMIT_S = 1800
AT_ONCE = 2  # while one waits for its linker, which uses one core


def _trouble(text):
    """Without ninja's lines of what went well."""
    return "\n".join(line for line in text.splitlines() if not re.match(r"\[\d+/\d+\] ", line))


def _is_of(tree, folder):
    """A build that was copied along with its tree would build the tree that it comes from."""
    cache = folder / "CMakeCache.txt"
    home = f"CMAKE_HOME_DIRECTORY:INTERNAL={tree}\n"
    return not cache.exists() or home in cache.read_text()


class Builds:
    def __init__(self, report):
        self.report = report
        self._done = {}

    def _step(self, name, command):
        began = time.monotonic()
        result = run(command, cwd=ROOT, timeout=LIMIT_S)
        seconds = time.monotonic() - began
        if result.returncode == 0:
            self.report.ok(name, seconds)
        else:
            self.report.fail(name, seconds, _trouble(result.stdout + result.stderr)[-8000:])
        return result.returncode == 0

    def configure(self, preset):
        """False when it failed, which was reported."""
        key = ("configure", preset)
        if key not in self._done:
            self._done[key] = self._configure(preset)
        return self._done[key]

    def _configure(self, preset):
        folder = build(preset)
        if not shutil.which("cmake"):
            self.report.cannot(f"{preset} is configured", "cmake is not installed")
            return False
        if not _is_of(ROOT, folder):
            shutil.rmtree(folder)
        if (folder / "build.ninja").exists():
            return True  # ninja configures again when it must
        return self._step(f"{preset} is configured", ["cmake", "--preset", preset])

    def build(self, *presets):
        """True when all of them are built."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            return all(list(pool.map(self._build, presets)))

    def _build(self, preset):
        if preset not in self._done:
            self._done[preset] = self.configure(preset) and self._step(
                f"{preset} is built", ["cmake", "--build", "--preset", preset, "--", "-k", "0"],
            )
        return self._done[preset]

    def build_worker(self, preset):
        """That alone, where its unit tests may not be asked for."""
        key = ("worker", preset)
        if self._done.get(preset):
            return True
        if key not in self._done:
            command = ["cmake", "--build", "--preset", preset, "--target", "holdfast-worker"]
            self._done[key] = self.configure(preset) and self._step(
                f"the worker of {preset} is built", command
            )
        return self._done[key]
