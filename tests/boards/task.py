"""Every board's worker does tasks against the real broker: its own instructions, under QEMU."""

import functools
import hashlib
import json

from lib import process
from lib.case import case, need
from lib.paths import WORKERS, emulator, worker


def _does_tasks(board, world):
    """Built in and by a program, small and large, done and failed."""
    world.handler("count", "#!/bin/sh\necho 'counting' >&2\nwc -c\n")
    world.handler("no", "#!/bin/sh\nexit 3\n")
    board_worker = world.worker(preset=board).up(within_s=60)
    assert f"built_for={board}" in board_worker.log
    results = world.results_of(board_worker)
    large = bytes(range(256)) * 4096  # 1 MiB
    expected = {
        world.task("sha256", b"holdfast"): hashlib.sha256(b"holdfast").hexdigest().encode(),
        world.task("echo", large): large,
        world.task("count", large): f"{len(large)}\n".encode(),
    }
    for result in world.tester.results(results, len(expected)):
        assert result.status == "done", result
        assert result.body == expected[result.task], f"{result.task}: {result.body[:200]!r}"
    world.task("no")
    assert world.tester.result(results).headers["hf-exit"] == 3
    world.all_is_acked()


def _finds_a_nonce(board, world):
    """What its compiler made of hashing loops and of numbers over 32 bits."""
    board_worker = world.worker(preset=board).up(within_s=60)
    results = world.results_of(board_worker)
    first = 1 << 33
    order = {"start": first, "end": first + 100000, "content": "holdfast", "prefix": "00",
             "algorithm": "md5"}  # fmt: skip
    world.task("nonce-search", json.dumps(order))
    found = json.loads(world.tester.result(results, within_s=90).body)
    nonce = first
    while not hashlib.md5(f"{nonce}holdfast".encode()).hexdigest().startswith("00"):
        nonce += 1
    assert found["nonce"] == nonce, found


def _says_what_it_is(board, _world):
    command = [*emulator(board), worker(board)]
    need(str(command[0]))
    result = process.run([*command, "--version"], timeout=30)
    assert result.returncode == 0 and f"({board})" in result.stdout, result


def _named(check, board):
    """A case for one board, with its name in the sentence."""
    function = functools.partial(check, board)
    function.__name__ = f"{board.replace('-', '_')}_worker{check.__name__}"
    return case()(function).case


CASES = [
    _named(check, board)
    for board in WORKERS
    for check in (_says_what_it_is, _does_tasks, _finds_a_nonce)
]
