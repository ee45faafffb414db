"""Ctrl-C while the device works: it is heard when a run is over, as one that Python does not divide."""

import signal
import threading
from contextlib import contextmanager


@contextmanager
def after():
    """Let SIGINT, which only a process's main thread hears, wait for the end of the block."""
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    heard = []
    signal.signal(signal.SIGINT, lambda *args: heard.append(args))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if heard:
            handler(*heard[0])
