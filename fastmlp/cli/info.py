"""The command `info`."""

DESCRIPTION = "Show versions, the machine, what the kernels make of it, and where data were found."


def add_parser(commands):
    """Add the command's parser and return it."""
    parser = commands.add_parser("info", help="show versions, machine and data", description=DESCRIPTION)
    parser.add_argument("--data", metavar="DIR", help="folder to look for MNIST in, as in the command mnist")
    parser.set_defaults(command=command)
    return parser


def command(arguments):
    """Run the command; return the exit code."""
    from ..experiments import environment

    machine = environment.machine()
    _section("versions", environment.versions())
    _section(
        "machine",
        {
            "platform": machine["platform"],
            "processor": machine["cpu"],
            "features": " ".join(environment.cpu_features()) or "none that matter",
            "cores": f"{machine['cores']} usable of {machine['logical_cores']}",
        },
    )
    _section("kernels", _kernels(machine))
    _section("data", _data(arguments.data))
    return 0


def _section(title, entries):
    width = max(map(len, entries))
    print(title)
    for name, value in entries.items():
        print(f"  {name:<{width}}  {value}")


def _kernels(machine):
    """What the compiled kernels use here."""
    import numpy as np

    from ..kernels.cpu import isa
    from ..kernels.cpu.cache import cache_folder

    chosen, folder = isa.CHOSEN, cache_folder()
    lanes = {dtype: chosen.bytes // np.dtype(dtype).itemsize for dtype in ("float32", "float64")}
    compiled = list(folder.glob("*.nbc")) if folder.is_dir() else []
    size = sum(path.stat().st_size for path in compiled)
    return {
        "instruction set": f"{isa.NAME}, {8 * chosen.bytes}-bit vectors (FASTMLP_ISA forces another)",
        **{
            f"{dtype} tile": f"{chosen.mr} x {chosen.nv * n} ({chosen.nv} vectors of {n})"
            for dtype, n in lanes.items()
        },
        "threads": f"{machine['default_threads']} (NUMBA_NUM_THREADS, or the option --threads, sets fewer)",
        "cache folder": folder,
        "programs": f"{len(compiled)} compiled, {size / 2**20:.1f} MiB" if compiled else "none compiled yet",
    }


def _data(data):
    """Where MNIST is."""
    from ..datasets.mnist_files import find_files
    from ..datasets.places import VARIABLE, search_places

    entries, used = {}, None
    for name, folder in search_places(data):
        try:
            paths = find_files(folder)
        except ValueError as error:
            entries[name] = error
            continue
        where = next(iter(paths.values())).parent if paths else None
        missing = f"no MNIST in {folder}" + ("" if folder.exists() else ", which does not exist")
        entries[name] = f"MNIST in {where}" if where else missing
        used = used or where
    if VARIABLE not in entries and data is None:
        entries = {VARIABLE: "not set", **entries}
    if used is None and data is None:
        entries["otherwise"] = "fetched from openml.org; without a network, scikit-learn's 8 x 8 digits"
    return entries
