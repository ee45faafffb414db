"""Benchmarks: kernels against the machine's limits, training and prediction against other libraries.

    python -m pytest bench                          # everything but the grid; tables at the end
    python -m pytest bench/test_training.py --grid  # an epoch of 33 networks and batches beside four peers
    python -m pytest bench/test_cuda.py             # an epoch on an NVIDIA GPU beside three peers, MNIST
    python -m pytest bench --quick                  # one round of everything, to see that it runs
    python -m pytest bench --benchmark-json=FILE    # figures, machine, versions and date as a file

    python -m bench.compare OLD NEW                 # has anything become slower?
    python -m bench.report FILE --out DIR           # Markdown tables and a chart
    python -m bench.record FILE                     # keep it in bench/results/

Figures are taken in turn with what they are compared with, round by round, and the median of the ratios is
quoted: on a shared machine two figures from different minutes do not compare.  No time is asserted.
"""
