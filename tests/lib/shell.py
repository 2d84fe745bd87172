"""An interactive shell in a terminal of its own, to press keys in."""

import os
import pty
import re
import select
import signal
import time

from lib.process import environment
from lib.until import PATIENCE_S

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|[\x00\x07\r]")

# What is needed to press keys in peace: a known prompt, no questions, and ^X, which prints the line.
_SETUP = {
    "bash": "PS1='ready> '; bind 'set bell-style none'; bind 'set page-completions off'; "
    "bind 'set completion-query-items 0'; bind 'set show-all-if-ambiguous on'; "
    """bind -x '"\\C-x": printf "<%s>\\n" "$READLINE_LINE"; READLINE_LINE='""",
    "zsh": "PS1='ready> '; RPS1=; LISTMAX=9999; unsetopt beep zle_bracketed_paste prompt_sp; "
    "autoload -U compinit; compinit -D -u; "
    'show() { print -r -- "<$BUFFER>"; zle kill-buffer }; zle -N show; bindkey "^X" show',
}
_ARGUMENTS = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}


class Shell:
    def __init__(self, name, folder, path, **variables):
        words = environment(PATH=f"{path}:{os.environ['PATH']}", TERM="dumb", **variables)
        self._text = ""
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            try:
                os.chdir(folder)
                os.execvpe(name, [name, *_ARGUMENTS[name]], words)
            finally:
                os._exit(127)  # never back into the test
        try:
            self.run("stty -echo rows 200 cols 200; " + _SETUP[name])
        except BaseException:
            self.close()
            raise

    def close(self):
        os.close(self._terminal)
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def _type(self, keys):
        os.write(self._terminal, keys.encode())

    def _read_until(self, pattern, within_s=PATIENCE_S):
        ends = time.monotonic() + within_s
        while not (found := re.search(pattern, self._text, re.DOTALL)):
            left = ends - time.monotonic()
            assert left > 0, f"no {pattern!r} from the shell, but: {self._text!r}"
            if select.select([self._terminal], [], [], left)[0]:
                new = os.read(self._terminal, 65536).decode(errors="replace")
                self._text = _CONTROL.sub("", self._text + new)
        self._text = self._text[found.end() :]
        return found

    def run(self, command):
        """What it prints."""
        self._type(f"{command}; printf '%s-%s\\n' it is-over\n")
        return self._read_until(r"(.*?)it-is-over\n.*?ready> ")[1]

    def line_after(self, keys):
        """The line that is there when these keys were pressed; it is not run."""
        self._type(keys + "\x18")
        return self._read_until(r"<([^<>]*)>")[1]

    def shown_after(self, keys):
        """The words that are printed below the line when these keys were pressed."""
        self._text = ""
        self._type(keys + "\x18")
        return set(self._read_until(r"(.*)<[^<>]*>")[1].split())
