"""Cards made by `holdfast flash`: what is on them, and boards that run from them alone."""

import functools
import hashlib
import lzma
import os
import re
import shutil
import signal
import subprocess

from boards.virtual.plug import loses_nothing
from boards.virtual.qemu import fat
from boards.virtual.qemu.flashed import Flashed
from boards.virtual.qemu.program import program
from lib import process
from lib.case import case
from lib.dice import dice
from lib.paths import HOLDFAST

OWN_LEDGER = True  # it collects what comes into hf.q.results

DONE_LIMIT_S = 15  # from power-on to a task done, without
LOADER_SLOWER = 3  # times what comes before the kernel: several processors wait for each other in it
PACKED_LIMIT_BYTES = 24 << 20
NOT_EMULATED = ("beaglebone-black", "generic-armv7", "orange-pi-pc", "raspberry-pi-2", "raspberry-pi-3-64")
IDLE_S = 30
IDLE_LIMIT_BYTES_PER_HOUR = 64 << 10


def _sound(image):
    """Both file systems, by the programs that know them; FAT's is not on every machine."""
    folder = image.parent
    for number, checker in enumerate((["fsck.fat", "-n"], ["e2fsck", "-fn"])):
        part = folder / f"part{number}"
        part.write_bytes(fat.partition(image, number))
        found = shutil.which(checker[0], path="/usr/sbin:/sbin:/usr/bin:/bin")
        if found:
            done = process.run([found, *checker[1:], part])
            assert done.returncode == 0, done.stdout + done.stderr
        part.unlink()


@case()
def flash_that_is_interrupted_leaves_no_key_behind(world):
    """It reads its worker's program then, from a pipe."""
    home, worker, image = world.broker.home, world.folder / "worker", world.folder / "attic.img"
    os.mkfifo(worker)
    words = "flash", "attic", "--board", "raspberry-pi-zero", "--worker", worker, "--out", image
    with subprocess.Popen([HOLDFAST, *words], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          env=process.environment(HOLDFAST_HOME=home)) as flashing:  # fmt: skip
        with open(worker, "wb"):
            flashing.send_signal(signal.SIGINT)
        said = flashing.stderr.read()
    assert flashing.returncode == 130 and "Ctrl-C" in said, (flashing.returncode, said)
    assert not list(home.glob("flash-*")) and not list(world.folder.glob("attic*"))


def boots_joins_and_does_tasks(world, kind, board, emulated=True, programs=()):
    """The board, running; it made the card."""
    card = Flashed(world, kind, board, emulated, programs)
    _sound(card.image)
    (world.folder / "lines").write_text("first\nsecond\n")
    job = world.desk.submit("sha256", "--lines", world.folder / "lines", "--pool", world.pool)
    linked_s = card.up()
    _, done_s, _ = card.saw(r" task\.ended .*status=done")
    own_s = done_s - card.waited_s()
    for result, text in zip(
        sorted(world.desk.all_done_once(job, 2), key=lambda r: r["seq"]), ("first", "second")
    ):
        assert result["output"] == hashlib.sha256(text.encode()).hexdigest(), result
        assert result["board"] == card.name, result
    assert re.search(r"init: network \S+: 10\.0\.2\.15 for ", card.log), "not by DHCP"
    world.note(f"{card.kind.title}: from a card: connected {linked_s:.1f} s after power-on, first "
               f"task done after {done_s:.1f} s, {own_s:.1f} s without what others kept this machine busy")  # fmt: skip
    limit_s = DONE_LIMIT_S + LOADER_SLOWER * card.kind.before_kernel_s
    assert own_s < limit_s, f"{own_s:.1f} s from power-on to a task done"
    return card


def is_small(world, card):
    packed = len(lzma.compress(card.image.read_bytes(), preset=1))
    world.note(f"image: {packed / 2**20:.1f} MiB packed")
    assert packed <= PACKED_LIMIT_BYTES


def _named(kind, board):
    function = functools.partial(boots_joins_and_does_tasks, kind=kind, board=board)
    function.__name__ = f"flashed_{board.replace('-', '_')}_boots_joins_and_does_tasks"
    return case()(function).case


CASES = [_named("imx", "imx6ul-evk"), _named("a53", "generic-aarch64")]


@case(slow=True)
def flashed_raspberry_pi_zero_boots_does_tasks_and_leaves_its_card_alone(world):
    card = boots_joins_and_does_tasks(world, "pi1", "raspberry-pi-zero", programs=[program("scribbler")])
    job = world.desk.submit("scribbler", "", "--pool", world.pool)
    assert world.desk.all_done_once(job)[0]["output"] == "Read-only file system\n"
    world.pause(15)  # what ext4 had to write of the tasks
    before = card.written_bytes()
    world.pause(IDLE_S)
    per_hour = (card.written_bytes() - before) * 3600 // IDLE_S
    world.note(f"idle: {per_hour} bytes written an hour, by {IDLE_S} s of it; and the time once")
    assert per_hour <= IDLE_LIMIT_BYTES_PER_HOUR
    card.pull_plug()
    is_small(world, card)


@case(slow=True)
def flashed_raspberry_pi_zero_whose_plug_is_pulled_at_random_loses_nothing(world):
    card = Flashed(world, "pi1", "raspberry-pi-zero", log_level="debug", crash_limit=100,
                   reconnect_min_ms=100, reconnect_max_ms=1000)  # fmt: skip
    loses_nothing(world, card, dice("card"))


@case()
def flash_refuses_what_cannot_work_and_says_what_can(world):
    def refused(*words, exit_code=2):
        return world.broker.holdfast("flash", *words, exit_code=exit_code, cwd=world.folder).stderr

    assert "--board" in refused("attic")
    assert "raspberry-pi-zero" in refused("attic", "--board", "atari")
    unknown = refused("attic", "--board", "generic-armv7")
    assert 'BOARD_BOOT is "other"' in unknown and "deploy" in unknown and "--emulated" not in unknown
    no_loader = refused("attic", "--board", "imx6ul-evk")
    assert "BOARD_LOADER" in no_loader and "--emulated makes a card for QEMU" in no_loader
    for board in NOT_EMULATED:
        why = refused("attic", "--board", board, "--emulated")
        assert "--emulated works for generic-aarch64, imx6ul-evk, raspberry-pi-zero" in why, why
    assert "cannot be a board's name" in refused("At_tic", "--board", "raspberry-pi-zero")
    (world.folder / "attic.img").write_text("mine")
    assert "--force" in refused("attic", "--board", "raspberry-pi-zero", "--emulated", exit_code=1)
    assert (world.folder / "attic.img").read_text() == "mine"
    for device in ("/dev/no-such-card", "/dev/null"):
        why = refused("a", "--board", "raspberry-pi-zero", "--out", device, exit_code=1)
        assert f"there is no device {device} that is a card or a disk" in why, why
    for board, why in (("raspberry-pi-5", "raspberry-pi-zero"), ("imx6ul-evk", "BOARD_LOADER")):
        told = process.run([HOLDFAST, "flash", "attic", "--board", board],
                           env=process.environment(HOLDFAST_HOME=world.folder / "nothing"))  # fmt: skip
        assert told.returncode == 2 and why in told.stderr, "before a broker is asked for"
