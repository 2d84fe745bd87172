"""Bodies of 100 MB, in and out."""

import pathlib

from lib.case import case

SMALL, WARMING, MEDIUM, LARGE = 1000, 1_000_000, 30_000_000, 100_000_000
MORE_KB = 64  # for what only a large one goes through


def _peak_kb(pid, work):
    """The most resident memory while it works."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
    work()
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise AssertionError("the kernel does not tell VmHWM")


@case()
def memory_is_the_same_for_1_kb_and_100_mb_and_the_link_stays(world):
    world.broker.set("max_message_size", 2 * LARGE)
    worker = world.worker(heartbeat_s=2, max_output_bytes=LARGE).up()
    results = world.results_of(worker)
    peer = world.peer("manager")

    def echo(size):
        peer.publish_task(world.pool, "echo", bytes(size))
        result = world.tester.result(results, within_s=90)
        assert (result.status, len(result.body)) == ("done", size), result.reason

    echo(SMALL)
    echo(WARMING)
    small = _peak_kb(worker.speaker, lambda: echo(SMALL))
    large = _peak_kb(worker.speaker, lambda: echo(LARGE))
    world.note(f"{small} KB with 1 KB, {large} KB with 100 MB")
    assert large <= small + MORE_KB, f"{small} KB with 1 KB, {large} KB with 100 MB"
    assert worker.count(r" link\.down ") == 0, worker.log
    (stored,) = [file for file in (worker.folder / "state" / "journal").iterdir()
                 if file.stat().st_size > LARGE]  # fmt: skip
    assert stored.suffix == ".done"
    echo(SMALL)  # its delivery shows that the ack of the large one has arrived
    assert not stored.exists(), "a large result keeps its file no longer than it must"


@case()
def large_result_that_was_stored_without_a_link_is_published_when_it_is_back(world):
    world.broker.set("max_message_size", 2 * LARGE)
    worker, proxy = world.proxied(heartbeat_s=2, max_output_bytes=MEDIUM)
    world.handler("wait", "#!/bin/sh\nwhile [ ! -e {0} ]; do sleep 0.05; done\n"
                          "exec head -c {1} /dev/zero\n".format(world.folder / "go", MEDIUM))
    worker.up()
    results = world.results_of(worker)
    task = world.task("wait")
    worker.saw(r" task\.started ")
    proxy.refuse()
    proxy.cut()
    worker.saw(r" link\.down ")
    (world.folder / "go").touch()
    worker.saw(r" task\.ended ")
    proxy.accept()
    result = world.tester.result(results, within_s=90)
    assert (result.task, result.status, len(result.body)) == (task, "done", MEDIUM)
    assert result.body.count(0) == MEDIUM
