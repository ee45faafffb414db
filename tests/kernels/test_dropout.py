"""Dropout masks: the generator's published answers, where masks come from, how often they drop."""

import numpy as np
import pytest
from numba import njit

from fastmlp.kernels import cpu, ref
from fastmlp.kernels.cpu.dropout import philox as philox_cpu
from fastmlp.kernels.ref.dropout import philox as philox_ref
from tests.kernels.sizes import COMPILED, DTYPES

#: Known answers of philox4x32-10 in Random123 (D. E. Shaw Research), file kat_vectors: counter, key, result.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]
each_backend = pytest.mark.parametrize("backend", [ref, cpu], ids=["ref", "cpu"])


def words(text):
    return [int(word, 16) for word in text.split()]


def draw(backend, n, m=5, ld=None, seed=7, step=11, layer=2, first_row=0, rate=0.4, dtype="float32"):
    mask = np.full((m, ld or n), np.nan, dtype)
    backend.dropout.dropout_mask(seed, step, layer, first_row, n, rate, mask)
    return mask


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_ANSWERS)
def test_known_answers(counter, key, expected):
    counter, key, expected = words(counter), words(key), words(expected)
    reference = philox_ref([np.uint64(word) for word in counter], [np.uint64(word) for word in key])
    assert [int(word) for word in reference] == expected
    compiled = njit(lambda c0, c1, c2, c3, k0, k1: philox_cpu(c0, c1, c2, c3, k0, k1))
    assert [int(word) for word in compiled(*(np.uint32(word) for word in counter), *key)] == expected


@each_backend
def test_an_element_is_a_word_of_a_block_of_the_generator(backend):
    """Element (i, j): word j // q of the block of j % q, for rows, step, layer and seed beyond 32 bits."""
    n, q, first_row, layer, step, seed, rate = 10, 3, 6, 5, 3 * 2**32 + 17, 2**62 + 12345, 0.4
    mask = draw(backend, n, 4, 16, seed, step, layer, first_row, rate, "float64")
    key = np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)
    for i in range(4):
        for j in range(n):
            counter = [np.uint64(word) for word in (j % q, first_row + i, 17, 5 + 3 * 2**16)]
            word = philox_ref(counter, key)[j // q]
            assert mask[i, j] == (0 if word < rate * 2**32 else 1 / 0.6)
    np.testing.assert_array_equal(mask[:, n:], 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 15, 16, 17, 67])
def test_backends_draw_the_same(n, dtype):
    for seed in (0, 2**31, 2**32 - 1, 2**63 - 1):
        np.testing.assert_array_equal(
            draw(cpu, n, ld=n + 3, seed=seed, dtype=dtype), draw(ref, n, ld=n + 3, seed=seed, dtype=dtype)
        )


@each_backend
def test_a_mask_depends_on_its_place_only(backend):
    """Not on the rows drawn together, the leading dimension or the dtype."""
    whole = draw(backend, 21, m=9)
    np.testing.assert_array_equal(draw(backend, 21, m=4, first_row=5), whole[5:])
    np.testing.assert_array_equal(draw(backend, 21, m=9, ld=32)[:, :21], whole)
    np.testing.assert_array_equal(draw(backend, 21, m=9, dtype="float64") > 0, whole > 0)


@each_backend
@pytest.mark.parametrize(
    "other",
    [{"seed": 8}, {"seed": 7 + 2**32}, {"step": 12}, {"step": 11 + 2**32}, {"layer": 3}, {"first_row": 5}],
)
def test_other_places_have_other_masks(other, backend):
    assert (draw(backend, 64) != draw(backend, 64, **other)).any()


@each_backend
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_the_rate(rate, backend):
    """The share of zeros lies within 5 standard deviations, and the mean of the mask is 1."""
    n = 50_000 if COMPILED or backend is ref else 1_000
    mask = draw(backend, n, m=1, rate=rate, dtype="float64")
    spread = 5 * np.sqrt(rate * (1 - rate) / n)
    assert abs((mask == 0).mean() - rate) < spread
    assert mask.mean() == pytest.approx(1, abs=spread / (1 - rate))


@each_backend
def test_a_rate_of_zero_keeps_everything(backend):
    np.testing.assert_array_equal(draw(backend, 33, ld=40, rate=0.0)[:, :33], 1)


@each_backend
def test_neighbours_are_independent(backend):
    """Correlation of each element with its neighbours in the row, the next row and the next step."""
    m, n = (200, 200) if COMPILED or backend is ref else (20, 40)
    one, later = (draw(backend, n, m=m, rate=0.5, step=step) - 1.0 for step in (1, 2))
    for a, b in [
        (one[:, 1:], one[:, :-1]),
        (one[1:], one[:-1]),
        (one, later),
        (one[:, n // 2 :], one[:, : n // 2]),
    ]:
        assert abs((a * b).mean()) < 5 / np.sqrt(a.size)


@each_backend
def test_multiply(backend):
    x, mask = np.arange(12.0).reshape(3, 4), draw(backend, 4, m=3, dtype="float64")
    out = np.full_like(x, np.nan)
    backend.dropout.multiply(x, mask, out)
    np.testing.assert_array_equal(out, x * mask)
    backend.dropout.multiply(x, mask, x)
    np.testing.assert_array_equal(x, out)
