"""What boards/NAME/board.cmake says."""

import re

from flash.kernels.debian import ROOT

BOARDS = tuple(sorted(file.parent.name for file in ROOT.glob("boards/*/board.cmake")))


def board_value(board, name):
    """A value of it, without its quotes."""
    text = (ROOT / "boards" / board / "board.cmake").read_text()
    found = re.search(rf'^set\({name}\s+(?:"([^"]*)"|([^\s)]+))', text, re.MULTILINE)
    if not found:
        raise LookupError(f"boards/{board}/board.cmake sets no {name}")
    return found[1] if found[1] is not None else found[2]
