"""The command line: `python cli.py --help`.  Installed as the command `fastmlp`, too."""

try:
    from fastmlp.cli import main
except ModuleNotFoundError as error:
    command = 'python -m pip install -e ".[cli]"'
    raise SystemExit(
        f"fastmlp is not installed here ({error}). In the folder of cli.py, run: {command}"
    ) from None

if __name__ == "__main__":
    raise SystemExit(main())
