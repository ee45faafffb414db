"""Benchmarks: every kernel against the machine's limits, training against other libraries.

    python -m pytest bench                      # everything; tables at the end
    python -m pytest bench --quick              # one round of everything, to see that it runs
    python -m pytest bench/test_training.py     # seconds per epoch against the peers
    python -m pytest bench --benchmark-json=FILE

Figures are taken in turn with what they are compared with, round by round, and the median of the ratios is
quoted: on a shared machine two figures from different minutes do not compare.  No time is asserted.
"""
