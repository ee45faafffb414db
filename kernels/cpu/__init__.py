"""The CPU backend: Numba kernels, vectorised and threaded."""
