"""Ctrl-C as a request instead of an exception."""

import signal
import sys
import threading


class Interrupt:
    """While active, the first Ctrl-C only sets `requested`; the next one raises KeyboardInterrupt.

    Training asks `requested` after every epoch, so that it ends with whole epochs.  This does nothing outside
    the main thread, where Python delivers no signals, and where Ctrl-C is ignored (as behind `nohup ... &`).

    Parameters
    ----------
    at_once : bool, default=False
        Whether the first Ctrl-C raises KeyboardInterrupt as well, for code that cannot be asked to stop.  If
        that code swallows it, as `fit` and compilers do, it is raised at the end of the block.

    Attributes
    ----------
    requested : bool
        Whether Ctrl-C was pressed.
    """

    def __init__(self, at_once=False):
        self.at_once = at_once
        self.requested = False

    def __enter__(self):
        """Take over Ctrl-C."""
        self._before = signal.getsignal(signal.SIGINT), sys.unraisablehook
        in_main_thread = threading.current_thread() is threading.main_thread()
        self._active = in_main_thread and callable(self._before[0])
        if self._active:
            signal.signal(signal.SIGINT, self._handle)
            sys.unraisablehook = self._swallowed
        return self

    def __exit__(self, *error):
        """Give Ctrl-C back."""
        if self._active:
            signal.signal(signal.SIGINT, self._before[0])
            sys.unraisablehook = self._before[1]
        if self.at_once and self.requested and error[0] is not KeyboardInterrupt:
            raise KeyboardInterrupt

    def _handle(self, number, frame):
        again, self.requested = self.requested, True
        if again or self.at_once:
            raise KeyboardInterrupt

    def _swallowed(self, what):
        """Print nothing when a callback from C cannot pass on KeyboardInterrupt: `requested` says it all."""
        if what.exc_type is not KeyboardInterrupt:
            self._before[1](what)
