"""Cards that a board, or a PC, starts by itself: from power-on there is nothing but the card."""

import re
import struct

from boards.virtual.flashed import boots_joins_and_does_tasks, is_small
from boards.virtual.qemu import fat
from boards.virtual.qemu.flashed import Flashed, flash
from boards.virtual.updated import comes_back_as, is_updated_and_its_tasks_go_on
from lib.case import case
from lib.paths import worker

OWN_LEDGER = True  # it collects what comes into hf.q.results

FAT16_LBA, EFI, LINUX = 0x0E, 0xEF, 0x83
ACTIVE, ACTIVE_AT = 0x80, 446
TREE = b"\xd0\x0d\xfe\xed"
SPL_AT = 0x402F0400  # in an AM335x
BONES = ("bone", "boneblack", "boneblack-wireless", "bonegreen", "bonegreen-wireless", "boneblue",
         "pocketbeagle")  # fmt: skip


def _starts_and_is_updated(world, kind, board):
    """The plug is pulled in between: what it has become it is after power-on too."""
    card = boots_joins_and_does_tasks(world, kind, board, emulated=False)
    comes_back_as(card, is_updated_and_its_tasks_go_on(world, card))
    return card


def _partitions(image):
    return [kind for kind, _, _ in fat.partitions(image)]


@case(slow=True)
def orange_pi_starts_its_card_from_the_first_sector_on(world):
    card = _starts_and_is_updated(world, "opi", "orange-pi-pc")
    assert re.search(r"U-Boot SPL .*[\s\S]*Found /extlinux/extlinux.conf", card.log), "by another way"
    assert _partitions(card.image) == [FAT16_LBA, LINUX]
    card.pull_plug()
    is_small(world, card)


@case()
def pc_starts_its_disk_by_uefi(world):
    card = _starts_and_is_updated(world, "pc", "generic-x86_64")
    assert re.search(r"BdsDxe: starting .*HARDDISK", card.log), "by another way"
    assert _partitions(card.image) == [EFI, LINUX]
    card.pull_plug()
    is_small(world, card)


@case()
def arm_virtual_machine_starts_its_disk_by_uefi(world):
    card = boots_joins_and_does_tasks(world, "vm", "generic-aarch64", emulated=False)
    assert re.search(r"BdsDxe: starting .*", card.log), "by another way"
    assert _partitions(card.image) == [EFI, LINUX]


@case()
def card_for_a_beaglebone_has_what_its_boot_rom_and_its_u_boot_look_for(world):
    """It is not started: QEMU has no such board."""
    image = world.folder / "bone.img"
    name = world.board_name("bone")
    said = flash(world, name, "beaglebone-black", image, worker("raspberry-pi-2")).stdout
    assert _partitions(image) == [FAT16_LBA, LINUX]
    assert image.open("rb").read(512)[ACTIVE_AT] == ACTIVE, "the ROM passes over it"
    boot = fat.partition(image, 0)
    assert b"MLO        \x20" in boot, "the ROM reads no long names"
    files = fat.files(boot)
    mlo, u_boot = files["mlo"], files["u-boot.img"]
    assert mlo[0x14:0x1E] == b"CHSETTINGS"
    assert struct.unpack("<II", mlo[0x200:0x208]) == (len(mlo) - 0x200, SPL_AT)
    assert u_boot.startswith(TREE), "not the kind of image that the SPL takes"
    for bone in BONES:
        tree = f"am335x-{bone}.dtb"
        assert files[tree].startswith(TREE)
        assert f"setenv fdtfile {tree};".encode() in u_boot, "U-Boot does not ask for it"
        assert re.search(rf"models .*\bam335x-{bone}\b", said), said
    settings = files["extlinux/extlinux.conf"].decode()
    assert "  kernel /kernel.img\n  initrd /initrd.img\n  fdtdir /\n" in settings
    assert re.search(rf"append console=ttyO0,.* holdfast_name={name}\n", settings)
    assert files["initrd.img"].startswith(b"070701") and b"modules/ti_cpsw_new\0" in files["initrd.img"]
