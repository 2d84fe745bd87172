"""The manager's commands as a person types them, and a look into its ledger."""

import json
import sqlite3

from lib import process
from lib.paths import HOLDFAST, build
from lib.until import PATIENCE_S, until


class Manager:
    def __init__(self, broker):
        self.broker = broker

    def submit(self, *words, exit_code=0, **options):
        """The number of the job."""
        result = self.broker.holdfast("submit", *words, "--json", exit_code=exit_code, **options)
        return json.loads(result.stdout)["job_number"]

    def upkeep(self, handler, payload, board=None, pool=None):
        """As submit, once and under a name that submit leaves to other commands (tests/tools/upkeep.c)."""
        result = process.run(
            [build("host") / "tests" / "upkeep", handler, "board" if board else "pool", board or pool],
            input=payload, text=False, env=process.environment(HOLDFAST_HOME=self.broker.home),
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        return int(result.stdout)

    def follow(self, job, exit_code=0, timeout=2 * PATIENCE_S):
        """Waits until the job has ended; its results as `results --json` prints them."""
        result = self.broker.holdfast(
            "results", job, "--follow", "--json", exit_code=exit_code, timeout=timeout
        )
        return [json.loads(line) for line in result.stdout.splitlines()]

    def start(self, *words):
        """A command that goes on beside the test; its Popen."""
        import subprocess

        return subprocess.Popen(
            [str(word) for word in (HOLDFAST, *words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=process.environment(HOLDFAST_HOME=self.broker.home),
        )

    def boards(self):
        """By name, as the manager has heard of them until now."""
        said = self.broker.holdfast("boards", "--json").stdout
        return {row["board"]: row for row in map(json.loads, said.splitlines())}

    def hears(self, *workers):
        """Waits until it knows that they are online."""
        names = {worker.name for worker in workers}
        until("they are online", lambda: names <= {
            name for name, row in self.boards().items() if row["online"]
        })  # fmt: skip

    def ledger(self, sql, *values):
        """Rows as the disk has them."""
        ledger = sqlite3.connect(f"file:{self.broker.home}/ledger.db?mode=ro", uri=True, timeout=30)
        try:
            return ledger.execute(sql, values).fetchall()
        finally:
            ledger.close()

    def counted(self, job):
        """Of each task of the job: its id, its state, and how many reports count as its end."""
        return self.ledger(
            "SELECT t.id, t.state, (SELECT count(*) FROM results r"
            " WHERE r.task = t.n AND r.verdict = 'ended') FROM tasks t WHERE t.job = ?",
            job,
        )

    def duplicates(self, job):
        return self.ledger("SELECT sum(duplicates) FROM tasks WHERE job = ?", job)[0][0]

    def all_done_once(self, job, tasks=1, timeout=2 * PATIENCE_S):
        """Follows the job to its end: every task is done, and one result of it counts."""
        results = self.follow(job, timeout=timeout)
        rows = self.counted(job)
        assert len(rows) == tasks, f"{len(rows)} tasks in the ledger, {tasks} were submitted"
        wrong = [row for row in rows if row[1:] != ("done", 1)]
        assert not wrong, f"not done exactly once: {wrong[:10]} ({len(wrong)} in all)"
        return results
