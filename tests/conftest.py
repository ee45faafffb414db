"""Settings of all tests."""

import os

# OpenMP's threads spin while they wait for each other: with anything else on the same processors, k-means on
# some small images takes a second instead of milliseconds.  Read once, when scikit-learn is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
