"""The list of what passed and failed, printed as it grows, and its last line."""

import os
import re
import threading

IN_CI = os.environ.get("CI") == "true"
REASON_MAX = 1000  # characters of a line of it


def _indent(text):
    return "".join(f"        {line}\n" for line in text.rstrip("\n").split("\n"))


def _reason(text):
    """The error that a traceback ends with, or what a tool calls an error, else how it begins."""
    lines = text.split("\n--- ")[0].strip().split("\n")
    raised = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Expired)\b", line)]
    told = [line for line in lines if re.search(r"\berror\b|\bFAIL", line, re.IGNORECASE)]
    return "\n".join(line[:REASON_MAX] for line in raised[-1:] or (told or lines)[:3])


class Report:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self._failures = []
        self._lock = threading.Lock()

    def _line(self, word, name, seconds, text):
        with self._lock:
            print(f"  {word:4}  {name}  {seconds:.1f} s", flush=True)
            if text:
                print(_indent(text), end="", flush=True)

    def ok(self, name, seconds, text="", count=1):
        with self._lock:
            self.passed += count
        self._line("ok", name, seconds, text)

    def fail(self, name, seconds, text, count=1):
        with self._lock:
            self.failed += count
            self._failures.append((name, text))
        self._line("FAIL", name, seconds, text)

    def cannot(self, name, reason):
        """A tool is missing: a skip on a desk, a failure in CI."""
        if IN_CI:
            self.fail(name, 0, f"cannot run: {reason}")
        else:
            self.leave_out(name, reason)

    def leave_out(self, name, reason, count=1):
        with self._lock:
            self.skipped += count
        self._line("skip", name, 0, reason)

    def relay(self, text, passed, failed, skipped):
        """What another run has printed, and its counts."""
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        self._failures += [(name, "") for name in re.findall(r"^  FAIL  (\S+)", text, re.MULTILINE)]
        with self._lock:
            print(text, flush=True)

    def head(self, text):
        print(text, flush=True)

    def close(self):
        """Prints each failure once more with its reason, and the summary, alone on the last line;
        true when nothing failed."""
        if self._failures:
            print("failed:", flush=True)
        for name, text in self._failures:
            print(f"  {name}\n{_indent(_reason(text)) if text else ''}", end="", flush=True)
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return self.failed == 0
