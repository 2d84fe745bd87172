"""What every board's worker is made like."""

import functools
import re

from lib.case import case
from lib.elf import Elf
from lib.paths import WORKERS, board_value, worker

# By the triple of its toolchain: class, machine, and for ARM the oldest core that runs it.
ARCHITECTURES = {
    "armv5-linux-musleabi": ("ELF32", "ARM", "v5TE"),
    "armv6-linux-musleabi": ("ELF32", "ARM", "v6"),
    "armv7-linux-musleabihf": ("ELF32", "ARM", "v7"),
    "aarch64-linux-musl": ("ELF64", "AArch64", None),
    "riscv64-linux-musl": ("ELF64", "RISC-V", None),
    "x86_64-linux-musl": ("ELF64", "Advanced Micro Devices X86-64", None),
}


def _is_static_pie_of_its_architecture(board, _world):
    elf = Elf(worker(board))
    word_size, machine, core = ARCHITECTURES[board_value(board, "BOARD_TRIPLE")]
    assert elf.field("Class") == word_size, elf.header
    assert elf.field("Machine") == machine, elf.header
    assert elf.field("Type").startswith("DYN"), elf.header
    assert core is None or elf.attribute("Tag_CPU_arch") == core, elf.attributes
    assert elf.segment("INTERP") is None and elf.tag("NEEDED") is None, elf.segments
    assert "PIE" in (elf.tag("FLAGS_1") or ""), elf.dynamic


def _is_hardened(board, _world):
    elf = Elf(worker(board))
    assert elf.segment("GNU_STACK") == "RW ", f"an executable stack, or nothing said: {elf.segments}"
    assert elf.segment("GNU_RELRO") is not None, elf.segments
    assert "NOW" in (elf.tag("FLAGS") or "") + (elf.tag("FLAGS_1") or ""), elf.dynamic
    assert elf.tag("TEXTREL") is None and "TEXTREL" not in (elf.tag("FLAGS") or ""), elf.dynamic
    assert not [flags for flags in elf.loads() if "W" in flags and "E" in flags], elf.segments


def _symbols(board):
    return Elf(worker(board).with_name("holdfast-worker.debug"))


def _guards_its_stack_in_every_file(board, _world):
    symbols = _symbols(board)
    compiled = symbols.compiled_with()
    bare = [words for words in compiled if not {"-fstack-protector-strong", "-fPIE"} <= set(words.split())]
    assert len(compiled) > 100 and not bare, (len(compiled), bare)
    assert symbols.has_function("__stack_chk_fail"), "nobody calls it"


def _is_stripped_with_its_symbols_beside_it(board, _world):
    assert ".symtab" not in Elf(worker(board)).sections
    assert {".symtab", ".debug_info"} <= set(re.findall(r"\.\w+", _symbols(board).sections))


def _named(check, board):
    """A case for one board, with its name in the sentence."""
    function = functools.partial(check, board)
    function.__name__ = f"{board.replace('-', '_')}_worker{check.__name__}"
    return case()(function).case


CASES = [
    _named(check, board)
    for board in WORKERS
    for check in (
        _is_static_pie_of_its_architecture,
        _is_hardened,
        _guards_its_stack_in_every_file,
        _is_stripped_with_its_symbols_beside_it,
    )
]
