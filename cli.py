"""The command line: `python cli.py --help`.  Installed as the command `fastmlp`, too."""

from fastmlp.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
