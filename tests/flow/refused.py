"""Tasks that cannot be done: each gets a result that says why, and its delivery is acked."""

import pathlib
import struct
import time
import zlib

from lib.case import case

SANITIZED = True


def _refused(world, worker, results, status="refused", task=None):
    """The one result that comes, after which the worker goes on and the queue is empty."""
    result = world.tester.result(results)
    assert result.status == status, result
    if task:
        assert result.task == task, result
    next_task = world.task("echo", "goes on")
    after = world.tester.result(results)
    assert (after.task, after.status) == (next_task, "done"), after
    world.all_is_acked()
    world.tester.empty(results, for_s=0.5)
    assert worker.count(r" link\.down ") == 0
    return result


def _start(world, **settings):
    worker = world.worker(**settings).up()
    return worker, world.results_of(worker)


@case()
def body_that_is_no_plain_task_is_refused_as_unreadable(world):
    worker, results = _start(world)
    world.manager.publish("hf.tasks", world.pool, b"not json", user_id="manager")
    result = _refused(world, worker, results, task="unreadable")
    assert result.reason, result


@case()
def task_with_headers_larger_than_our_frames_is_done_and_takes_no_board_down(world):
    """The broker hands such headers on in one frame, whatever frames we asked for."""
    worker, results = _start(world)
    for size in (12_000, 120_000):
        world.manager.publish_task(world.pool, "echo", "x", headers={"x-of-others": "a" * size})
        assert world.tester.result(results).status == "done"
    assert worker.count(r" link\.down ") == 0


@case()
def task_without_a_handler_of_that_name_is_refused_with_its_name(world):
    worker, results = _start(world)
    task = world.task("no-such-handler", "x")
    result = _refused(world, worker, results, task=task)
    assert "no-such-handler" in result.reason, result.reason


@case()
def handler_that_may_not_be_executed_is_refused(world):
    world.handler("plain-file", "#!/bin/sh\n").chmod(0o644)
    worker, results = _start(world)
    task = world.task("plain-file")
    result = _refused(world, worker, results, task=task)
    assert "plain-file" in result.reason, result.reason


@case()
def handler_that_others_could_have_changed_is_refused(world):
    world.handler("open", "#!/bin/sh\n").chmod(0o757)
    (world.folder / "handlers" / "away").symlink_to("/bin/true")
    worker, results = _start(world)
    for name, words in (("open", "others"), ("away", "leads out")):
        task = world.task(name)
        result = world.tester.result(results)
        assert (result.task, result.status) == (task, "refused"), result
        assert words in result.reason, result.reason
    world.all_is_acked()


@case()
def payload_over_the_limit_is_refused_with_both_sizes(world):
    worker, results = _start(world, max_payload_bytes=1000)
    task = world.task("echo", b"x" * 300000)
    result = _refused(world, worker, results, task=task)
    assert "300000" in result.reason and "1000" in result.reason, result.reason


@case()
def field_out_of_its_range_is_refused_by_name(world):
    worker, results = _start(world)
    task = world.task("echo", headers={"hf-timeout-ms": -5})
    result = _refused(world, worker, results, task=task)
    assert "hf-timeout-ms" in result.reason and "-5" in result.reason, result.reason


@case()
def task_whose_time_has_passed_expires(world):
    worker, results = _start(world)
    task = world.task("echo", headers={"hf-not-after": int(time.time() * 1000) - 5000})
    result = _refused(world, worker, results, status="expired", task=task)
    assert "hf-not-after" in result.reason, result.reason


def _learnt(unix_ms):
    """The file that says what time a board has learnt: firmware/worker/keep.h."""
    head, facts = b"HFLEARNT" + struct.pack("<I", 1), struct.pack("<Q", unix_ms)
    return head + struct.pack("<I", zlib.crc32(head + facts)) + facts


@case()
def task_whose_time_has_passed_expires_on_a_board_whose_clock_was_set_back(world):
    worker = world.worker()
    now_ms, hour_ms = int(time.time() * 1000), 3600 * 1000
    state = pathlib.Path(worker.settings["state"])
    state.mkdir(0o700)
    (state / "time").write_bytes(_learnt(now_ms + 3 * hour_ms))
    results = world.results_of(worker.up())
    task = world.task("echo", headers={"hf-not-after": now_ms + 2 * hour_ms})
    result = _refused(world, worker, results, status="expired", task=task)
    assert "hf-not-after" in result.reason, result.reason
    world.task("echo", headers={"hf-not-after": now_ms + 4 * hour_ms})
    worker.restart()
    assert world.tester.result(results).status == "done"


@case()
def task_of_another_sender_than_the_manager_is_refused(world):
    worker, results = _start(world)
    for sender in ({}, {"user_id": "tester"}):
        world.tester.publish(
            "hf.tasks", world.pool, b"x", message_id="forged", type="echo", **sender
        )
        result = world.tester.result(results)
        assert (result.task, result.status) == ("forged", "refused"), result
        assert "manager" in result.reason, result.reason
    world.all_is_acked()


@case()
def many_refusals_in_a_row_leave_no_loop_behind(world):
    worker, results = _start(world)
    tasks = [world.task("no-such-handler") for _ in range(50)]
    refused = world.tester.results(results, 50)
    assert [result.task for result in refused] == tasks
    assert not any(result.headers.get("hf-attempt") != 1 for result in refused)
    world.all_is_acked()
    world.tester.empty(results, for_s=0.5)
