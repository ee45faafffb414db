"""Compiles the launches of training and prediction of some networks for a GPU that need not be there.

Run as a program, apart from the tests, in which CUDA is simulated: the simulator knows no types.
"""

import sys
from itertools import chain, product

import numpy as np
from numba import cuda, typeof
from scipy.sparse import csr_array

from .cuda_host import CAPABILITY, prepare


def launches(processor):
    """Yield the launches of all networks, with the smallest tiles and the largest ones."""
    from fastmlp.kernels.contract import Activation, Mode, Optimizer, Update
    from fastmlp.kernels.cuda import passes
    from fastmlp.kernels.cuda.program import Program
    from fastmlp.layers import AvgPool2D, Conv2D, Dense, Dropout, MaxPool2D
    from fastmlp.network import Network
    from fastmlp.rows import as_rows, as_targets
    from fastmlp.workspace import make_state

    dense = [Dense(20, Activation.GELU.name.lower()), Dropout(0.3), Dense(3, "identity")]
    images = [Conv2D(4, 3, padding=1), MaxPool2D(2), Conv2D(2, 2), AvgPool2D(2), *dense]
    x = np.zeros((5, 64))
    networks = (
        (dense, (64,), "softmax_cross_entropy"),
        (dense, (64,), "huber"),
        (images, (8, 8, 1), "softmax_cross_entropy"),
    )
    updates = [Update(optimizer, 0.1, l2=0.1, dropout=1) for optimizer in Optimizer]
    updates.append(updates[-1]._replace(clip_norm=1.0))
    precise = [("float64", "full"), *(("float32", precision) for precision in ("full", "tf32", "bf16"))]
    for (dtype, precision), processor.MULTIPROCESSOR_COUNT in product(precise, (132, 0)):
        for layers, shape, loss in networks:
            y = np.zeros(5, np.int64) if loss == "softmax_cross_entropy" else np.zeros((5, 3), dtype)
            network = Network(layers, shape, loss, dtype=dtype, device="cuda", precision=precision)
            plan = network.plan_for(5)
            slot = np.zeros_like(network.params)
            state = make_state(plan, network.params, 1)._replace(slot_0=slot, slot_1=slot)
            kinds = x.astype(dtype), x.astype(np.uint8), csr_array(np.eye(5, 64, dtype=dtype))
            for rows, update in product((as_rows(kind, dtype) for kind in kinds), updates):
                wanted = as_targets(y, dtype, np.ones(5))
                program = Program(Mode.TRAIN, plan, state, rows, wanted, 5, update, 5)
                yield from program.recording.launches
            yield passes.outputs(plan, 5, program.memory.work, program.clock, np.zeros((5, 3), dtype))


def contract():
    """Yield the launches of all kernels of the contract."""
    from fastmlp.kernels import cuda as backend
    from fastmlp.kernels.cuda.launches import Launch
    from tests.cases import CASES
    from tests.kernels.sizes import DTYPES

    found = []

    def keep(kernel, grid, threads, *args):
        found.append(Launch(kernel, grid, threads, args))

    for module in (getattr(backend, name) for name in backend.__all__):
        if hasattr(module, "launch"):
            module.launch = keep
    backend.device.launch = keep
    for case, dtype in product(CASES, DTYPES):
        case.call(backend, case.arguments(3, 7, dtype, 9))
    yield from found


def inner_loop(ptx):
    """Where a product multiplies: from the first load out of shared memory to the last barrier."""
    return ptx[ptx.index("ld.shared") : ptx.rindex("bar.sync")]


def main():
    """Compile each kernel once for its types; print the number and what failed."""
    done, failed = set(), []
    for launch in chain(launches(prepare()), contract()):
        signature = tuple(map(typeof, launch.args))
        if (launch.kernel, signature) in done:
            continue
        done.add((launch.kernel, signature))
        name = launch.kernel.py_func.__qualname__
        try:
            ptx, _ = cuda.compile_ptx(launch.kernel.py_func, signature, cc=CAPABILITY)
        except Exception as error:  # whatever the compiler raises
            failed.append(f"{name}{signature}: {error}")
        else:
            if launch.kernel.py_func.__module__.endswith("product") and ".local" in inner_loop(ptx):
                failed.append(f"{name}{signature}: its sums are not in registers")
    print(f"{len(done)} kernels compiled, {len(failed)} failed", *failed, sep="\n")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
