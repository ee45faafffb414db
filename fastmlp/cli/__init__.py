"""The command line.  One module per command, with `add_parser` and the function that it runs."""

from .main import main

__all__ = ["main"]
