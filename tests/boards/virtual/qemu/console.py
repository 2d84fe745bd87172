"""What a board says on its serial line, each line with the seconds since power-on."""

import re
import threading
import time


class Console:
    """Reads until the pipe ends. `file` gets everything too, for people."""

    def __init__(self, pipe, file, began):
        self._pipe, self._file, self._began = pipe, file, began
        self.lines = []  # (seconds, text)
        self._grown = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self._pipe:
            text = line.decode(errors="replace").rstrip("\r\n")
            seconds = time.monotonic() - self._began
            self._file.write(f"{seconds:9.3f} {text}\n")
            self._file.flush()
            with self._grown:
                self.lines.append((seconds, text))
                self._grown.notify_all()
        with self._grown:
            self._ended = True
            self._grown.notify_all()

    def find(self, pattern, after=0):
        """(line number, seconds, match) of the first line from `after` on; None."""
        for number in range(after, len(self.lines)):
            seconds, text = self.lines[number]
            match = re.search(pattern, text)
            if match:
                return number, seconds, match
        return None

    def wait_for(self, pattern, within_s, after=0):
        """As find(), once there is one. AssertionError when there is none in time."""
        deadline, seen = time.monotonic() + within_s, after
        while True:
            with self._grown:
                found, seen = self.find(pattern, seen), len(self.lines)
                if found:
                    return found
                left_s = deadline - time.monotonic()
                if self._ended or left_s <= 0:
                    why = "the board is off" if self._ended else f"not within {within_s} s"
                    raise AssertionError(f"console: {pattern!r}: {why}")
                self._grown.wait(left_s)

    def count(self, pattern):
        return sum(bool(re.search(pattern, text)) for _, text in list(self.lines))

    def close(self):
        self._thread.join(10)
        self._pipe.close()
