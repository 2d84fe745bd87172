"""What the demo says, and how it looks: steps that take their time, a progress bar, a table."""

import os
import shutil
import sys
import threading
import time

TTY = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
PAINTED = TTY and not os.environ.get("NO_COLOR")
BAR_CELLS = 28
PLAIN_PAUSE_S = 2  # between two progress lines where a line cannot be drawn again


class Gone(Exception):
    """Nobody reads what we say any more."""


def _paint(code):
    return lambda text: f"\033[{code}m{text}\033[0m" if PAINTED else str(text)


bold, faint, red, green = _paint(1), _paint(2), _paint(31), _paint(32)


def _write(text):
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        sys.stdout = open(os.devnull, "w")
        raise Gone from None


def say(text=""):
    _write(f"{text}\n")


def _redraw(text):
    """The line under the cursor, anew. It must not be painted: it is cut to the terminal's width."""
    columns = shutil.get_terminal_size().columns
    _write(f"\r\033[K{text[: columns - 1]}")


class Step:
    """One line that says what is done now, how far it is, and in the end how long it took."""

    def __init__(self, text):
        self.text = text
        self.note = ""
        self._began = time.monotonic()
        self._over = threading.Event()

    def __enter__(self):
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        if TTY:
            self._ticker.start()
        return self

    def _line(self):
        return f"  {self.text:<60}{time.monotonic() - self._began:7.1f} s"

    def _tick(self):
        try:
            while not self._over.wait(0.1):
                _redraw(f"{self._line()}  {self.note}")
        except Gone:
            pass

    def __exit__(self, kind, *_):
        self._over.set()
        if TTY:
            self._ticker.join()
            _write("\r\033[K")
        say(self._line() + ("" if kind is None else f"  {red('not done')}"))


class Bar:
    def __init__(self, total):
        self.total = total
        self._began = self._drawn = time.monotonic()

    @property
    def seconds(self):
        return time.monotonic() - self._began

    def draw(self, done, shares, at_once=False):
        """Now and then where lines stay, or at once."""
        now = time.monotonic()
        if not TTY and not at_once and now - self._drawn < PLAIN_PAUSE_S:
            return
        self._drawn = now
        filled = BAR_CELLS * done // self.total
        text = f"  [{'#' * filled}{'.' * (BAR_CELLS - filled)}] {done}/{self.total} tasks"
        text += "".join(f"  {name} {count}" for name, count in shares.items())
        _redraw(text) if TTY else say(text)

    def interrupt(self, *lines):
        """Lines above the bar."""
        if TTY:
            _write("\r\033[K")
        for line in lines:
            say(line)

    def end(self):
        if TTY:
            say()


def table(head, rows):
    """Columns as wide as what is in them; numbers to the right."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for number, row in enumerate(cells):
        words = [
            cell.rjust(width) if rows and isinstance(value, int) else cell.ljust(width)
            for cell, width, value in zip(row, widths, rows[0], strict=True)
        ]
        line = "   ".join(words).rstrip()
        say(f"  {bold(line) if number == 0 else line}")
