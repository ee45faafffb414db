"""A process that is timed: it answers every line that it is given."""

import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer

PAUSE = 0.1  # seconds: idle threads of a library go on spinning for a while
PATIENCE = 600  # seconds for an answer


class WorkerError(RuntimeError):
    """A process ended or hung."""


class Worker:
    """A process that gets ready, says so in one line, and from then on answers line by line.

    Parameters
    ----------
    module : str
        What to run, such as "bench.peers".
    *words : str
        Its arguments.
    threads : int
        Cores and threads that it uses.

    Attributes
    ----------
    greeting : str
        Its first line.
    """

    def __init__(self, module, *words, threads=1):
        self.name = " ".join([module, *map(str, words)])
        self.pause = PAUSE if threads > 1 else 0.0  # one thread is never idle
        command = [sys.executable, "-m", module, *map(str, words), "--threads", str(threads)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            cwd=Path(__file__).parent.parent,
        )
        try:
            self.greeting = self._answer()
        except BaseException:
            self.close()
            raise

    def ask(self, question=""):
        """Let it answer once, mostly by running; return its answer, a number."""
        time.sleep(self.pause)
        try:
            self.process.stdin.write(f"{question}\n")
        except BrokenPipeError:
            raise self._ended() from None
        return float(self._answer())

    def _answer(self):
        timer = Timer(PATIENCE, self.process.kill)
        timer.start()
        try:
            line = self.process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            raise self._ended()
        return line.strip()

    def _ended(self):
        return WorkerError(f"{self.name} ended with status {self.process.wait()}.")

    def close(self):
        """End the process."""
        with suppress(BrokenPipeError):  # it is gone
            self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@contextmanager
def on_demand(start):
    """Yield a function that returns one and the same worker, started when needed, anew if it has ended."""
    worker = None

    def get():
        nonlocal worker
        if worker is None or worker.process.poll() is not None:
            worker = start()
        return worker

    try:
        yield get
    finally:
        if worker is not None:
            worker.close()
