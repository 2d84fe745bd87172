"""Temporary folders that a worker can live in."""

import os
import pathlib
import sys
import tempfile


def passable(prefix):
    """A new folder that other users may go through: a worker that is started as root becomes one."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o711)
    for above in folder.parents:
        if os.geteuid() == 0 and not above.stat().st_mode & 0o001:
            folder.rmdir()
            sys.exit(f"other users may not go through {above}: set TMPDIR to another folder")
    return folder
