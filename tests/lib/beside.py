"""Parts that need nothing but processor time: a whole run of their own, with what time others leave."""

import re
import subprocess

from lib.paths import TESTS


class Beside:
    def __init__(self, folder, labels, *words):
        """Begins with them. `folder`: for what it prints; `words`: more of tests/run."""
        only = [word for label in labels for word in ("--only", label)]
        self.labels = labels
        self.output = open(folder / "beside.output", "w+")
        self.process = subprocess.Popen(
            ["nice", "-n", "19", TESTS / "run", *only, *words],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def finish(self, report):
        self.process.wait()
        self.output.seek(0)
        *said, last = self.output.read().rstrip("\n").split("\n")
        counts = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", last)
        if counts:
            report.relay("\n".join(said), *map(int, counts.groups()))
        else:
            report.fail(" and ".join(self.labels), 0, "\n".join([*said, last])[-6000:])

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
