"""Cards for real Raspberry Pis: what the boot ROM, the firmware and the kernel look for is on them, by
their names and shapes, and what they start does its work under QEMU."""

import re

from boards.virtual.flashed import boots_joins_and_does_tasks, is_small
from boards.virtual.plug import loses_nothing
from boards.virtual.qemu import fat
from boards.virtual.qemu.flashed import Flashed
from lib.case import case
from lib.dice import dice

OWN_LEDGER = True  # it collects what comes into hf.q.results

FAT16_LBA, LINUX = 0x0E, 0x83
ZIMAGE = (0x24, b"\x18\x28\x6f\x01")  # a 32-bit kernel, at that byte
IMAGE = (0x38, b"ARM\x64")  # a 64-bit one
TREE = (0, b"\xd0\x0d\xfe\xed")
ELF = (0, b"\x7fELF")
PI_3_MODELS = ("3-b", "3-b-plus", "3-a-plus", "cm3-io3", "zero-2-w")
PI_4_MODELS = ("4-b", "400", "cm4-io")
ZERO_MODELS = ("zero", "zero-w", "a", "a-plus", "b", "b-rev2", "b-plus")


def _is(data, shape):
    at, magic = shape
    return data[at : at + len(magic)] == magic


def _lies_where_the_boot_rom_looks(card):
    """It takes the first FAT partition of an MBR."""
    (boot, boot_at, boot_bytes), (data, data_at, _) = fat.partitions(card.image)
    assert (boot, data) == (FAT16_LBA, LINUX)
    assert boot_at == 1 << 20 and data_at == boot_at + boot_bytes, (boot_at, boot_bytes, data_at)


def _has_firmware(card, *pairs):
    assert len(card.on_boot["bootcode.bin"]) > 40_000
    for start, fixup in pairs:
        assert _is(card.on_boot[start], ELF), start
        assert len(card.on_boot[fixup]) > 1000, fixup
    assert b"Broadcom" in card.on_boot["raspi-firmware.copyright"]
    assert b"Linux" in card.on_boot["linux.copyright"]


def _settings_name_files_that_are_there(card, kernel):
    """The firmware prefers the upstream names of device trees, as upstream_kernel says."""
    assert card.settings["upstream_kernel"] == "1"
    assert _is(card.on_boot[card.settings["kernel"]], kernel)
    initrd, where = card.settings["initramfs"].split()
    assert where == "followkernel" and card.on_boot[initrd].startswith(b"070701")
    words = card.on_boot["cmdline.txt"].decode()
    assert words.count("\n") == 1, "the firmware reads its first line"
    assert re.search(rf"\bholdfast_name={card.name}\n", words), words


def _has_trees(card, form, models):
    for model in models:
        tree = card.on_boot[form.format(model)]
        assert _is(tree, TREE) and b"raspberrypi," in tree, model


def _boots(world, kind, board, image, *firmware):
    """The card, which has all that the firmware of a Pi reads before a kernel; it runs."""
    card = boots_joins_and_does_tasks(world, kind, board, emulated=False)
    _lies_where_the_boot_rom_looks(card)
    _has_firmware(card, *firmware)
    _settings_name_files_that_are_there(card, image)
    return card


@case()
def card_for_a_real_raspberry_pi_zero_has_what_the_board_looks_for_and_boots(world):
    card = _boots(world, "pi1", "raspberry-pi-zero", ZIMAGE, ("start.elf", "fixup.dat"))
    _has_trees(card, "bcm2835-rpi-{}.dtb", ZERO_MODELS)
    card.pull_plug()
    is_small(world, card)


@case()
def card_for_a_real_raspberry_pi_3_or_4_has_what_the_board_looks_for_and_boots(world):
    card = _boots(world, "pi3", "raspberry-pi-3-64", IMAGE, ("start.elf", "fixup.dat"), ("start4.elf", "fixup4.dat"))
    assert card.settings["arm_64bit"] == "1"
    _has_trees(card, "bcm2837-rpi-{}.dtb", PI_3_MODELS)
    _has_trees(card, "bcm2711-rpi-{}.dtb", PI_4_MODELS)
    models = re.search(r"models +(.*)", card.said)[1].split(", ")
    assert sorted(models) == sorted(PI_3_MODELS + PI_4_MODELS), "it promises others"
    card.pull_plug()
    is_small(world, card)


@case()
def card_for_a_real_raspberry_pi_2_has_what_the_board_looks_for_and_boots(world):
    card = _boots(world, "pi2", "raspberry-pi-2", ZIMAGE, ("start.elf", "fixup.dat"))
    _has_trees(card, "bcm2836-rpi-{}.dtb", ("2-b",))


@case()
def card_for_a_real_raspberry_pi_3_with_a_32_bit_kernel_has_what_the_board_looks_for_and_boots(world):
    card = _boots(world, "pi3-32", "raspberry-pi-3-32", ZIMAGE, ("start.elf", "fixup.dat"))
    assert card.settings["arm_64bit"] == "0"
    _has_trees(card, "bcm2837-rpi-{}.dtb", PI_3_MODELS)


@case(slow=True)
def card_for_a_real_raspberry_pi_3_whose_plug_is_pulled_at_random_loses_nothing(world):
    card = Flashed(world, "pi3", "raspberry-pi-3-64", emulated=False, log_level="debug",
                   crash_limit=100, reconnect_min_ms=100, reconnect_max_ms=1000)  # fmt: skip
    loses_nothing(world, card, dice("card for a real board"))
