"""`holdfast deploy --hosts`: many boards at once."""

import json
import re
import shlex

from lib.case import case
from lib.deployer import PRESET, Deployer
from lib.paths import HOLDFAST, worker
from lib.terminal import Terminal
from lib.until import until

OWN_BROKER = True  # it listens on the boards' cable too

BOARDS = ("oak", "elm", "ash")
SETTINGS = "/etc/holdfast"


class Many:
    """Three boards, and a file that lists them."""

    def __init__(self, world):
        self._deployer = Deployer(world, "busybox", BOARDS)
        self._world = world
        self.computer = self._deployer.computer
        self.file = world.folder / "boards.txt"
        lines = [f"{name} {name}@{self.computer.host}" for name in BOARDS]
        self.file.write_text("# the garden\n" + "\n".join(lines) + "\n")

    def words(self, *words):
        return ["deploy", "--hosts", self.file, *self.computer.ssh_words(), "--worker", worker(PRESET),
                "--broker-host", self._deployer.network.here, *words]  # fmt: skip

    def run(self, *words, exit_code=0):
        return self._world.broker.holdfast(*self.words(*words), exit_code=exit_code, timeout=150)

    def run_in(self, terminal, *words):
        line = shlex.join(map(str, (HOLDFAST, *self.words(*words))))
        script = self._world.folder / "line"
        script.write_text(f"HOLDFAST_HOME={self._world.broker.home} {line}\n")
        terminal.enter(f". {script}; echo left with $?")

    def break_one(self, name):
        self.computer.run(f"mkdir -p {SETTINGS} && mount -t tmpfs -o ro none {SETTINGS}", user=name)

    def mend(self, name):
        self.computer.run(f"umount {SETTINGS}", user=name)

    def works(self, name):
        job = self._world.desk.submit("echo", f"from {name}", "--to", name)
        assert self._world.desk.all_done_once(job)[0]["output"] == f"from {name}"


@case()
def boards_of_a_file_are_done_some_at_a_time_and_the_failed_one_again_alone(world):
    many = Many(world)
    many.break_one("elm")
    result = many.run("--at-once", 1, exit_code=1)
    for name, row in (("oak", "-"), ("elm", "prepare"), ("ash", "-")):
        ended = "failed" if name == "elm" else "done"
        pattern = rf"^{name} +{name}@{many.computer.host} +{row} +[0-9.]+ (s|ms) +{ended}$"
        assert re.search(pattern, result.stdout, re.MULTILINE), result.stdout
    said = result.stderr
    assert "\033" not in said, said
    at = [said.index(text) for text in ("oak          connect", "oak          done after", "elm          connect",
          'elm          failed at "prepare" after', "ash          connect", "ash          done after")]  # fmt: skip
    assert at == sorted(at), said
    assert "1 of 3 boards failed\n  elm: prepare: " in said and "Read-only file system" in said, said
    many.works("oak")

    many.mend("elm")
    again = shlex.split(said[said.index("Again, for what is not done:") :].splitlines()[1])
    assert again[0] == "holdfast" and again[-1] == "elm" and "oak" not in again, again
    world.broker.holdfast(*again[1:], timeout=150)
    many.works("elm")

    boards = [json.loads(line) for line in many.run("--json").stdout.splitlines()]
    assert [board["board"] for board in boards] == list(BOARDS), boards
    assert all(board["ok"] and board["unchanged"] and board["ms"] > 0 for board in boards), boards

    many.computer.run("rm -r /etc/holdfast", user="oak")
    taken = many.run("oak", exit_code=1).stderr
    assert re.search(r'  oak: enroll: a board "oak" is connected from [0-9.]+: choose another name, or', taken), taken
    many.run("oak", "--force")
    many.works("oak")
    assert f'{many.file} has no line for "fir"' in many.run("fir", exit_code=2).stderr


@case()
def on_a_terminal_a_table_shows_how_all_get_on(world):
    many = Many(world)
    many.break_one("ash")
    terminal = Terminal(world, columns=90, rows=30)
    many.run_in(terminal, "--force")
    until("two get on and one has failed", lambda: re.search(
        r"^BOARD +ADDRESS +STEP +TIME +RESULT\n"
        r"oak +oak@\S+ +[a-z]+ +\d+ s +\.\.\.\nelm +elm@\S+ +[a-z]+ +\d+ s +\.\.\.\n"
        r"ash +ash@\S+ +prepare +\S+ m?s +failed: .*\n0 done, 1 failed, 2 at work, 0 to come$",
        terminal.screen(), re.MULTILINE))  # fmt: skip
    until("it is over", lambda: "left with 1" in terminal.screen(), 60)
    screen = terminal.screen()
    assert screen.count("BOARD ") == 1 and "at work" not in screen, screen
    assert re.search(r"^oak .* done$", screen, re.MULTILINE) and "1 of 3 boards failed" in screen, screen
    assert "Again, for what is not done:" in screen, screen


@case()
def ctrl_c_ends_those_that_were_begun_and_begins_no_more(world):
    many = Many(world)
    terminal = Terminal(world, columns=90, rows=30)
    many.run_in(terminal, "--force", "--at-once", "2")
    until("two are at work", lambda: "2 at work, 1 to come" in terminal.screen())
    terminal.keys("C-c")
    until("it is over", lambda: "left with 130" in terminal.screen(), 60)
    screen = terminal.screen()
    assert "2 of 3 boards failed, 1 not begun" in screen, screen
    assert len(re.findall(r"^  (?:oak|elm): \w+: ended by Ctrl-C$", screen, re.MULTILINE)) == 2, screen
    assert re.search(r"^ash +ash@\S+ +- +- +-$", screen, re.MULTILINE), screen
    many.run("--force")
    for name in BOARDS:
        many.works(name)
