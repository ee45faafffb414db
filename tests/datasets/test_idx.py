"""The IDX reader accepts intact files only, and names the others."""

import gzip
import re

import numpy as np
import pytest

from fastmlp.datasets.idx import read_idx, write_idx

from .idx_format import idx_bytes

IMAGES = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)


@pytest.fixture(params=["plain", "gzipped"])
def pack(request):
    return {"plain": bytes, "gzipped": gzip.compress}[request.param]


@pytest.mark.parametrize("shape", [(3, 4, 5), (7,), (0, 28, 28)])
def test_reads_what_was_written(tmp_path, pack, shape):
    data = np.random.RandomState(0).randint(0, 256, shape).astype(np.uint8)
    path = tmp_path / "file"  # the name says nothing about gzip
    path.write_bytes(pack(idx_bytes(data)))
    read = read_idx(path, len(shape))
    np.testing.assert_array_equal(read, data)
    assert read.dtype == np.uint8
    assert read.flags.c_contiguous
    assert read.flags.writeable


def test_write_idx_makes_the_described_format(tmp_path):
    write_idx(tmp_path / "a.gz", IMAGES)
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == idx_bytes(IMAGES)
    write_idx(tmp_path / "b.gz", IMAGES.transpose(2, 0, 1))
    np.testing.assert_array_equal(read_idx(tmp_path / "b.gz", 3), IMAGES.transpose(2, 0, 1))


def refused(path, n_axes, what):
    """The message names the file and the remedy."""
    with pytest.raises(ValueError, match=f"{re.escape(repr(str(path)))} .*{what}.*fetch it again"):
        read_idx(path, n_axes)


@pytest.mark.parametrize("kept", [0, 3, 4, 15, 16, 17, 16 + IMAGES.size - 1])
def test_truncated(tmp_path, pack, kept):
    path = tmp_path / "images"
    path.write_bytes(pack(idx_bytes(IMAGES)[:kept]))
    refused(path, 3, "truncated" if kept >= 4 else "not an IDX file")


@pytest.mark.parametrize("lost", [1, 8, 9, 30])
def test_truncated_gzip_stream(tmp_path, lost):
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(idx_bytes(IMAGES))[:-lost])
    refused(path, 3, "truncated or damaged")


def test_damaged_gzip_stream(tmp_path):
    content = bytearray(gzip.compress(idx_bytes(IMAGES)))
    content[-6] ^= 1  # the checksum
    path = tmp_path / "images.gz"
    path.write_bytes(content)
    refused(path, 3, "truncated or damaged")


def test_longer_than_its_header_says(tmp_path, pack):
    path = tmp_path / "images"
    path.write_bytes(pack(idx_bytes(IMAGES) + b"\0"))
    refused(path, 3, "longer than the 60 bytes")


@pytest.mark.parametrize("magic", [0x801, 0x802, 0x804, 0x903, 0x10803, 0])
def test_wrong_magic(tmp_path, pack, magic):
    path = tmp_path / "images"
    path.write_bytes(pack(idx_bytes(IMAGES, magic)))
    refused(path, 3, "not an IDX file of images")


def test_web_page_saved_under_the_name(tmp_path):
    path = tmp_path / "labels.gz"
    path.write_bytes(b"<!DOCTYPE html><html>Not found</html>")
    refused(path, 1, "not an IDX file of labels: it starts with 3c 21 44 4f instead of 00 00 08 01")


def test_absurd_header_asks_for_no_memory(tmp_path, pack):
    path = tmp_path / "images"
    path.write_bytes(pack(bytes([0, 0, 8, 3]) + b"\xff" * 12 + bytes(100)))
    refused(path, 3, "truncated: its header promises")


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "none", 3)
