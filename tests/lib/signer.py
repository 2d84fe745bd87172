"""Signs as PROTOCOL.md says, with openssl: another hand than the one that is tested."""

import base64
import hashlib

from lib import process


class Signer:
    """Signs as PROTOCOL.md says, with openssl: another hand than the one that is tested."""

    def __init__(self, key):
        self.key = key

    def sign(self, lines):
        text = "".join(f"{line}\n" for line in lines).encode()
        result = process.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=text,
                             text=False)  # fmt: skip
        assert result.returncode == 0, result.stderr
        return base64.b64encode(result.stdout).decode()

    def task(self, task, target, body=b"", handler="echo", attempt=1, not_after=0, kind="task"):
        return self.sign([
            f"holdfast {kind} 1", f"id {task}", "job ", f"handler {handler}", f"target {target}",
            f"attempt {attempt}", "max-attempts 5", "timeout-ms 0", "soft-timeout-ms 0",
            f"not-after {not_after}", f"body {hashlib.sha256(body).hexdigest()}",
        ])  # fmt: skip

    def control(self, key, body):
        return self.sign(["holdfast control 1", f"for {key}",
                          f"body {hashlib.sha256(body).hexdigest()}"])  # fmt: skip
