"""Matrix products of training, and the small kernels that go with them."""


def gemm_nn(a, b, c, accumulate):
    """C = A B, or C += A B: the forward product, and dXᵀ = W dZᵀ, the input gradient transposed.

    Parameters
    ----------
    a : ndarray of shape (m, k)
    b : ndarray of shape (k, n)
    c : ndarray of shape (m, n)
        Overwritten without being read, or added to.
    accumulate : bool
        Whether to add.
    """
    if accumulate:
        c += a @ b
    else:
        c[:] = a @ b


def gemm_tn(a, b, c, accumulate):
    """C = Aᵀ B, or C += Aᵀ B: the weight gradient dW = Xᵀ dZ.

    Parameters
    ----------
    a : ndarray of shape (k, m)
    b : ndarray of shape (k, n)
    c : ndarray of shape (m, n)
        Overwritten without being read, or added to.
    accumulate : bool
        Whether to add.
    """
    gemm_nn(a.T, b, c, accumulate)


def gemm_nt(a, b, c):
    """C = A Bᵀ: the input gradient dX = dZ Wᵀ.

    Parameters
    ----------
    a : ndarray of shape (m, k)
    b : ndarray of shape (n, k)
    c : ndarray of shape (m, n)
        Overwritten without being read.
    """
    c[:] = a @ b.T


def transpose(a, out):
    """out = Aᵀ; a (m, n), out (n, m)."""
    out[:] = a.T


def column_sums(dz, out, accumulate):
    """out = Σᵢ dZᵢ, or out += Σᵢ dZᵢ: the bias gradient; dz (m, ld), out (ld,)."""
    if accumulate:
        out += dz.sum(axis=0)
    else:
        out[:] = dz.sum(axis=0)
