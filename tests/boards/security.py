"""What security takes of a small board, told by tests/bench/security: CPU time and instructions, which a
machine that is busy with other tests does not change much."""

from lib import process
from lib.case import case
from lib.paths import TESTS

LIMIT_S = 900  # its programs are built first, on a machine that is busy


@case(slow=True, limit_s=LIMIT_S)
def handshakes_and_signatures_are_counted_and_add_no_more_to_the_worker_than_they_may(world):
    done = process.run([TESTS / "bench" / "security", "--home", world.broker.home], timeout=LIMIT_S)
    world.note(done.stdout.rstrip())
    assert done.returncode == 0, done.stdout + done.stderr
