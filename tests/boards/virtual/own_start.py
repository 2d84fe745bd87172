"""Cards that a board, or a PC, starts by itself: from power-on there is nothing but the card."""

import re

from boards.virtual.flashed import boots_joins_and_does_tasks, is_small
from boards.virtual.qemu import fat
from lib.case import case

OWN_BROKER = True  # the ledger collects what comes into hf.q.results

FAT16_LBA, EFI, LINUX = 0x0E, 0xEF, 0x83


def _words_of(card, text, begin):
    """The kernel's command line, in a boot loader's settings."""
    (words,) = re.findall(rf"^ *{begin} (.*)", text, re.MULTILINE)
    assert f" holdfast_name={card.name}" in words, words


@case(limit_s=400)
def orange_pi_starts_its_card_from_the_first_sector_on(world):
    card = boots_joins_and_does_tasks(world, "opi", "orange-pi-pc", emulated=False)
    assert re.search(r"U-Boot SPL .*[\s\S]*Found /extlinux/extlinux.conf", card.log), "by another way"
    assert [kind for kind, _, _ in fat.partitions(card.image)] == [FAT16_LBA, LINUX]
    _words_of(card, card.on_boot["extlinux/extlinux.conf"].decode(), "append")
    card.pull_plug()
    is_small(world, card)


@case(limit_s=400)
def pc_starts_its_disk_by_uefi(world):
    card = boots_joins_and_does_tasks(world, "pc", "generic-x86_64", emulated=False)
    assert re.search(r"BdsDxe: starting .*HARDDISK", card.log), "by another way"
    assert [kind for kind, _, _ in fat.partitions(card.image)] == [EFI, LINUX]
    _words_of(card, card.on_boot["loader/entries/holdfast.conf"].decode(), "options")
    card.pull_plug()
    is_small(world, card)
