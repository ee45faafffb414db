"""How long the first fit of a process takes to get going.

    python -m bench.start

Prints JSON: the seconds of a small fit and those of the same fit once more.  The difference is spent before
the first step: on importing the engine, and on compiling it or reading it from FASTMLP_CACHE_DIR.
"""

import json
from time import perf_counter

import numpy as np


def main():
    """Fit twice."""
    from fastmlp import MLPClassifier

    model = MLPClassifier((16,), random_state=0, n_threads=1)
    rng = np.random.default_rng(0)
    X, y = rng.random((256, 20), dtype=np.float32), rng.integers(0, 2, 256)
    seconds = []
    for _ in range(2):
        start = perf_counter()
        model.partial_fit(X, y, classes=[0, 1])
        seconds.append(perf_counter() - start)
    print(json.dumps({"first": seconds[0], "second": seconds[1]}))


if __name__ == "__main__":
    main()
