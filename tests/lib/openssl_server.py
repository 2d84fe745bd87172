"""A TLS server of openssl's, on a free port of its own."""

import os
import socket
import subprocess


class OpensslServer:
    """`words`: of openssl s_server. What it is told through TLS is in `output`, a pipe; or, with all
    that it says itself, in the file `log`."""

    def __init__(self, pair, *words, log=None):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        line = ["openssl", "s_server", *([] if log else ["-quiet"]), "-accept", f"127.0.0.1:{self.port}",
                "-cert", str(pair.cert), "-key", str(pair.key), *map(str, words)]  # fmt: skip
        with open(log or os.devnull, "w") as said:
            self.process = subprocess.Popen(line, stdin=subprocess.PIPE, stderr=said,
                                            stdout=said if log else subprocess.PIPE)  # fmt: skip
        self.output = self.process.stdout

    def is_up(self):
        """By the kernel: a connection would be one of those that it serves."""
        rows = open("/proc/net/tcp").read().splitlines()[1:]
        return any(row.split()[1] == f"0100007F:{self.port:04X}" and row.split()[3] == "0A" for row in rows)

    def end(self):
        """What it was told since `output` was read."""
        self.process.kill()
        return self.process.communicate()[0]
