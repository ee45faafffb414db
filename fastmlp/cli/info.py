"""The command `info`."""

DESCRIPTION = "Show versions, the machine, what the kernels make of it, and where data were found."


def add_parser(commands):
    """Add the command's parser and return it."""
    parser = commands.add_parser("info", help="show versions, machine and data", description=DESCRIPTION)
    parser.add_argument("--data", metavar="DIR", help="folder to look for data and weights in")
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
            "GPU": _gpu(),
        },
    )
    _section("kernels", _kernels(machine))
    _section("MNIST", _mnist(arguments.data))
    _section("CIFAR-10", _cifar10(arguments.data))
    _section("Fashion-MNIST", _fashion_mnist(arguments.data))
    _section("weights", _weights(arguments.data))
    return 0


def _section(title, entries):
    width = max(map(len, entries))
    print(title)
    for name, value in entries.items():
        print(f"  {name:<{width}}  {value}")


def _gpu():
    """What device='cuda' would use, or why it cannot be used."""
    from ..experiments.environment import gpu
    from ..experiments.text import described_gpu

    try:
        return described_gpu(gpu("cuda"))
    except Exception as error:  # drivers that are broken have errors of their own
        return f"none usable: {error}"


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


def _mnist(data):
    """Where MNIST is."""
    from ..datasets.mnist_files import MNIST

    return _idx_files(MNIST, data, "fetched from openml.org; without a network, scikit-learn's 8 x 8 digits")


def _fashion_mnist(data):
    """Where Fashion-MNIST is."""
    from ..datasets.mnist_files import FASHION_MNIST

    return _idx_files(FASHION_MNIST, data, "fetched from openml.org")


def _idx_files(published, data, otherwise):
    """Where a data set of IDX files is."""
    from ..datasets.mnist_files import find_files

    def find(folder):
        paths = find_files(folder, published)
        return next(iter(paths.values())).parent if paths else None

    return _found(published.title, find, data, otherwise)


def _cifar10(data):
    """Where CIFAR-10 is."""
    from ..datasets.cifar10_files import find_files

    return _found("CIFAR-10", find_files, data, "fetched from openml.org")


def _weights(data):
    """Where the weights of pretrained networks are."""
    from ..experiments.extractors import WEIGHTS, find_weights

    return {network: find_weights(network, data) or "none found" for network in WEIGHTS}


def _found(title, find, data, otherwise):
    """Say of every folder whether it holds a data set, and what happens if none does."""
    from ..datasets.places import VARIABLE, search_places

    entries, found = {}, False
    for name, folder in search_places(data):
        try:
            place = find(folder)
        except ValueError as error:  # some of its files
            entries[name] = error
            continue
        missing = f"no {title} in {folder}" + ("" if folder.exists() else ", which does not exist")
        entries[name] = f"{title} in {place}" if place else missing
        found = found or place is not None
    if VARIABLE not in entries and data is None:
        entries = {VARIABLE: "not set", **entries}
    if not found and data is None:
        entries["otherwise"] = otherwise
    return entries
