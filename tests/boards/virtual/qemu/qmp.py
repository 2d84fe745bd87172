"""QEMU's control socket."""

import json
import socket

ANSWER_S = 10


class Qmp:
    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(ANSWER_S)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("r")
        self._lines.readline()  # its greeting
        self.call("qmp_capabilities")

    def call(self, command, **arguments):
        request = {"execute": command, "arguments": arguments}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = json.loads(self._lines.readline())
            if "error" in answer:
                raise AssertionError(f"QEMU: {command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def close(self):
        self._lines.close()
        self._socket.close()
