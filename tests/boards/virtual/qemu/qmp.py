"""QEMU's control socket."""

import json
import socket

ANSWER_S = 60


class Qmp:
    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(ANSWER_S)
        self._socket.connect(str(path))
        self._events = []
        self._lines = self._socket.makefile("r")
        self._lines.readline()  # its greeting
        self.call("qmp_capabilities")

    def call(self, command, **arguments):
        request = {"execute": command, "arguments": arguments}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = self._next()
            if "error" in answer:
                raise AssertionError(f"QEMU: {command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def _next(self):
        answer = json.loads(self._lines.readline())
        if "event" in answer:
            self._events.append(answer)
        return answer

    def event(self, name, within_s):
        """The first of that name since the connection was made, waited for: its data."""
        self._socket.settimeout(within_s)
        try:
            while True:
                for event in self._events:
                    if event["event"] == name:
                        return event.get("data", {})
                self._next()
        except TimeoutError:
            raise AssertionError(f"QEMU: no {name} within {within_s} s") from None
        finally:
            self._socket.settimeout(ANSWER_S)

    def close(self):
        self._lines.close()
        self._socket.close()
