"""Code in a process of its own."""

import os
import subprocess
import sys


def python(code, *words, **settings):
    """Run code in a process of its own, which must succeed."""
    finished = subprocess.run(
        [sys.executable, "-c", code, *words],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished
