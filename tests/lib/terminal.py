"""A terminal of the test's own, with a shell in it: what stands on its screen, and keys for it."""

from lib import process
from lib.case import need


class Terminal:
    def __init__(self, world, columns=100, rows=40):
        need("tmux")
        self._tmux = ["tmux", "-S", str(world.folder / "tmux"), "-f", "/dev/null"]
        size = ["-x", str(columns), "-y", str(rows)]
        shell = "PS1='ready> ' exec sh"
        started = process.run([*self._tmux, "new-session", "-d", "-s", "w", *size, shell])
        assert started.returncode == 0, started.stderr
        world.keep(self)

    def screen(self):
        return process.run([*self._tmux, "capture-pane", "-p", "-t", "w"]).stdout

    def keys(self, *keys):
        process.run([*self._tmux, "send-keys", "-t", "w", *keys])

    def enter(self, line):
        self.keys(line, "Enter")

    def close(self):
        process.run([*self._tmux, "kill-session", "-t", "w"])  # its server ends with it
