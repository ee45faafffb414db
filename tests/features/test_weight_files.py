"""Weights come back from every format as they were saved; anything else is refused by name."""

import os
import pickle
import struct
import sys
import zipfile

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from fastmlp.features.weight_files import check_architecture, read_weights, weights_digest

SHAPES = {"features.0.weight": (4, 3, 5, 5), "features.0.bias": (4,), "classifier.1.weight": (2, 6)}


def weights_of(dtype=np.float32, shapes=SHAPES):
    """Random weights that float16 holds exactly."""
    rng = np.random.RandomState(0)
    return {name: rng.randint(-512, 512, shape).astype(dtype) / 64 for name, shape in shapes.items()}


class Payload:
    """An object that makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def save_npz(path, arrays):
    """NumPy would append its suffix to a path in capitals."""
    with path.open("wb") as file:
        np.savez(file, **arrays)


def save_safetensors(path, arrays):
    numpy_api = pytest.importorskip("safetensors.numpy")
    numpy_api.save_file(arrays, path)


def save_torch(path, arrays, **options):
    torch = pytest.importorskip("torch")
    torch.save({name: torch.from_numpy(array) for name, array in arrays.items()}, path, **options)


def save_old_torch(path, arrays):
    """The format before PyTorch 1.6, which is no zip archive."""
    save_torch(path, arrays, _use_new_zipfile_serialization=False)


def save_checkpoint(path, arrays):
    torch = pytest.importorskip("torch")
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    torch.save({"epoch": 3, "state_dict": tensors, "optimizer": {"lr": 0.1}}, path)


SAVED = [
    pytest.param("w.npz", lambda path, arrays: np.savez(path, **arrays), id="npz"),
    pytest.param("w.NPZ", save_npz, id="capitals"),
    pytest.param("w.npz", lambda path, arrays: np.savez_compressed(path, **arrays), id="compressed"),
    pytest.param("w.safetensors", save_safetensors, id="safetensors"),
    pytest.param("w.pth", save_torch, id="pth"),
    pytest.param("w.pt", save_torch, id="pt"),
    pytest.param("w.pth", save_old_torch, id="old"),
    pytest.param("w.pth", save_checkpoint, id="checkpoint"),
]
#: One of each kind of file, for what can happen to any.
KINDS = [SAVED[0], SAVED[2], SAVED[3], SAVED[4], SAVED[6]]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(("name", "save"), SAVED)
def test_round_trip(tmp_path, name, save, dtype):
    weights = weights_of(dtype)
    save(tmp_path / name, weights)
    read = read_weights(str(tmp_path / name))
    assert set(read) == set(weights)
    for key, array in weights.items():
        assert read[key].dtype == np.float32
        assert read[key].flags.c_contiguous
        assert_array_equal(read[key], array)


@pytest.mark.parametrize(("name", "save"), KINDS)
def test_integers_scalars_and_empty_arrays_stay(tmp_path, name, save):
    arrays = {
        "n": np.array(7),
        "mean": np.full((), 0.5),
        "bits": np.arange(6, dtype=np.uint8).reshape(2, 3),
        "none": np.zeros((0, 3)),
    }
    save(tmp_path / name, arrays)
    read = read_weights(tmp_path / name)
    assert set(read) == set(arrays)
    for key, array in arrays.items():
        assert read[key].shape == array.shape
        assert read[key].dtype == (np.float32 if array.dtype == np.float64 else array.dtype)
        assert_array_equal(read[key], array)


def test_other_orders_of_bytes_and_axes(tmp_path):
    array = np.arange(12.0).reshape(3, 4)
    arrays = {
        "big": array.astype(">f8"),
        "columns": np.asfortranarray(array),
        "ints": np.arange(3, dtype=">i4"),
    }
    np.savez(tmp_path / "w.npz", **arrays)
    read = read_weights(tmp_path / "w.npz")
    for name in arrays:
        assert read[name].flags.c_contiguous
        assert read[name].dtype.isnative
        assert_array_equal(read[name], arrays[name])


def safetensors_bytes(dtype, shape, data):
    header = f'{{"w":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[0,{len(data)}]}}}}'.encode()
    return struct.pack("<Q", len(header)) + header + data


def test_bfloat16_of_safetensors(tmp_path):
    pytest.importorskip("safetensors")
    data = struct.pack("<4H", 0x3F80, 0xC000, 0x3DCD, 0x0000)  # 0x3DCD is the bfloat16 next to 0.1
    (tmp_path / "w.safetensors").write_bytes(safetensors_bytes("BF16", [2, 2], data))
    read = read_weights(tmp_path / "w.safetensors")["w"]
    assert read.dtype == np.float32
    assert_array_equal(read, np.float32([[1, -2], [0.10009765625, 0]]))


def test_bfloat16_and_views_of_torch(tmp_path):
    torch = pytest.importorskip("torch")
    matrix = torch.arange(6.0).reshape(2, 3)
    content = {
        "half": torch.tensor([1.0, -2.0, 0.1], dtype=torch.bfloat16),
        "turned": matrix.T,
        "parameter": torch.nn.Parameter(matrix),
    }
    torch.save(content, tmp_path / "w.pth")
    read = read_weights(tmp_path / "w.pth")
    assert_array_equal(read["half"], np.float32([1, -2, 0.10009765625]))
    assert_array_equal(read["turned"], matrix.numpy().T)
    assert_array_equal(read["parameter"], matrix.numpy())
    assert all(array.flags.c_contiguous and array.dtype == np.float32 for array in read.values())


def test_conversion_by_three_lines(tmp_path, monkeypatch):
    """As the docstring says, run as it is."""
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    lines = read_weights.__doc__.partition("::\n\n")[2].partition("\n\n")[0].splitlines()
    assert len(lines) == 3
    monkeypatch.chdir(tmp_path)
    save_torch("alexnet-owt-7be5be79.pth", weights_of())
    exec("\n".join(line.strip() for line in lines), {})
    converted = read_weights("alexnet.safetensors")
    assert weights_digest(converted) == weights_digest(read_weights("alexnet-owt-7be5be79.pth"))


@pytest.mark.parametrize("name", ["w.npz", "w.safetensors", "w.pth"])
def test_missing_file_and_folder(tmp_path, name):
    path = tmp_path / name
    with pytest.raises(FileNotFoundError, match=rf"'.*{name}' does not exist\. Name the file"):
        read_weights(path)
    path.mkdir()
    with pytest.raises(FileNotFoundError, match=rf"'.*{name}' is a folder\. Name the file"):
        read_weights(path)


@pytest.mark.parametrize("name", ["w.h5", "w", "w.npy", "w.pth.zip"])
def test_other_suffix(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(ValueError, match=rf"{name}' has the suffix .* \.npz, \.safetensors, \.pth, \.pt"):
        read_weights(tmp_path / name)


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read"
)
def test_file_that_may_not_be_read(tmp_path):
    np.savez(tmp_path / "w.npz", **weights_of())
    (tmp_path / "w.npz").chmod(0)
    with pytest.raises(PermissionError, match=r"w\.npz"):
        read_weights(tmp_path / "w.npz")


def test_without_safetensors(tmp_path, monkeypatch):
    (tmp_path / "w.safetensors").write_bytes(b"anything")
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ImportError, match=r'w\.safetensors.* needs .*pip install "fastmlp\[features\]"'):
        read_weights(tmp_path / "w.safetensors")


@pytest.mark.parametrize("name", ["w.pth", "w.pt"])
def test_without_torch(tmp_path, monkeypatch, name):
    (tmp_path / name).write_bytes(b"anything")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"needs PyTorch.*pip install torch.*convert .*'w\.safetensors'"):
        read_weights(tmp_path / name)


def test_torch_that_can_be_made_to_run_code(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    save_torch(tmp_path / "w.pth", weights_of())
    monkeypatch.setattr(torch, "__version__", torch.torch_version.TorchVersion("2.5.1+cpu"))
    with pytest.raises(ImportError, match=r"PyTorch 2\.5\.1.*CVE-2025-32434.*torch>=2\.6"):
        read_weights(tmp_path / "w.pth")


def refused(path, what="The file"):
    """The file is refused with its name, what is wrong and the remedy."""
    with pytest.raises(ValueError, match=what) as caught:
        read_weights(path)
    message = str(caught.value)
    assert message.startswith(f"The file {str(path)!r} ")
    assert message.endswith(". Get it again, or name another file.")
    assert "\n" not in message
    assert "weights_only` set to `False" not in message


@pytest.mark.parametrize(("name", "save"), KINDS)
@pytest.mark.parametrize(
    "content", [b"<html>Please log in</html>" * 30, b"PK\x03\x04", b"\x93NUMPY", bytes(1000)]
)
def test_no_weights_at_all(tmp_path, name, save, content):
    save(tmp_path / name, weights_of())  # skips where the package is missing
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, r"cannot be read as \.\w+ file: .*\w{3}")
    (tmp_path / name).write_bytes(b"")
    refused(tmp_path / name, "is empty")


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.999])
@pytest.mark.parametrize(("name", "save"), KINDS)
def test_truncated(tmp_path, name, save, share):
    path = tmp_path / name
    save(path, weights_of())
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    refused(path, "cannot be read as")


@pytest.mark.parametrize(("name", "save"), [SAVED[0], SAVED[2], SAVED[4]])
def test_damaged_bytes_differ_from_their_checksum(tmp_path, name, save):
    path = tmp_path / name
    save(path, weights_of(shapes={"w": (1000,)}))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    refused(path, "cannot be read as .*(differs from its checksum|invalid|Error)")


@pytest.mark.parametrize(("name", "save"), KINDS)
def test_flipped_bits_never_end_in_another_error(tmp_path, name, save):
    path = tmp_path / name
    save(path, weights_of())
    content = path.read_bytes()
    rng = np.random.RandomState(0)
    for _ in range(60):
        damaged = bytearray(content)
        damaged[rng.randint(min(len(content), 600))] ^= 1 << rng.randint(8)
        path.write_bytes(damaged)
        try:
            read_weights(path)
        except ValueError as error:
            assert str(path) in str(error)  # noqa: PT017 - some bits may be any


@pytest.mark.parametrize("wrong", ["w.npz", "w.safetensors", "w.pth"])
@pytest.mark.parametrize(("name", "save"), KINDS)
def test_another_format_than_the_suffix_says(tmp_path, name, save, wrong):
    if name == wrong:
        return
    pytest.importorskip({"z": "numpy", "s": "safetensors", "h": "torch"}[wrong[-1]])
    save(tmp_path / name, weights_of())
    (tmp_path / name).rename(tmp_path / wrong)
    refused(tmp_path / wrong)


def test_archive_of_something_else(tmp_path):
    with zipfile.ZipFile(tmp_path / "w.npz", "w") as archive:
        archive.writestr("readme.txt", "no array")
    refused(tmp_path / "w.npz", r"holds 'readme\.txt' of type bytes")


@pytest.mark.parametrize(("name", "save"), KINDS)
def test_no_arrays(tmp_path, name, save):
    save(tmp_path / name, {})
    refused(tmp_path / name, "holds no arrays")


@pytest.mark.parametrize(("name", "save"), KINDS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
def test_numbers_that_are_not_finite(tmp_path, name, save, bad):
    weights = weights_of(np.float64)
    weights["features.0.bias"][2] = bad
    save(tmp_path / name, weights)
    refused(tmp_path / name, r"holds NaN, infinity or numbers beyond float32 in 'features\.0\.bias'")


@pytest.mark.parametrize(("name", "save"), KINDS)
def test_booleans_are_not_numbers(tmp_path, name, save):
    save(tmp_path / name, {"mask": np.ones(3, bool)})
    refused(tmp_path / name, "holds 'mask' of dtype bool|'mask' in it is of type BOOL")


@pytest.mark.parametrize(("dtype", "name"), [("U1", "<U1"), ("c8", "complex64"), ("M8[s]", "datetime64")])
def test_npz_of_no_numbers(tmp_path, dtype, name):
    np.savez(tmp_path / "w.npz", good=np.ones(3), bad=np.zeros(2, dtype))
    refused(tmp_path / "w.npz", f"holds 'bad' of dtype {name}")


def test_safetensors_type_that_numpy_lacks(tmp_path):
    pytest.importorskip("safetensors")
    (tmp_path / "w.safetensors").write_bytes(safetensors_bytes("F8_E4M3", [2], bytes(2)))
    refused(tmp_path / "w.safetensors", "cannot be read as")  # by old versions of the package too


def test_objects_in_npz_are_not_unpickled(tmp_path):
    made = tmp_path / "made"
    np.savez(tmp_path / "w.npz", w=np.array([Payload(made)], dtype=object))
    refused(tmp_path / "w.npz", "Object arrays cannot be loaded")
    (tmp_path / "w.npz").write_bytes(pickle.dumps({"w": Payload(made)}))
    refused(tmp_path / "w.npz", "cannot be read as")
    assert not made.exists()
    np.load(tmp_path / "w.npz", allow_pickle=True)  # the payload works
    assert made.exists()


@pytest.mark.parametrize("zipped", [True, False])
def test_objects_of_torch_are_not_unpickled(tmp_path, zipped):
    torch = pytest.importorskip("torch")
    made = tmp_path / "made"
    content = {"w": torch.ones(3), "payload": Payload(made)}
    torch.save(content, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    refused(tmp_path / "w.pth", r"Python objects besides tensors .*state_dict\(\).* could run code")
    (tmp_path / "w.pth").write_bytes(pickle.dumps(content, protocol=2))
    refused(tmp_path / "w.pth", "could run code")
    assert not made.exists()
    torch.save(content, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    torch.load(tmp_path / "w.pth", weights_only=False)  # the payload works
    assert made.exists()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (lambda torch: torch.nn.Linear(2, 3), "Python objects besides tensors"),
        (lambda torch: torch.ones(3), "an object of type Tensor, not a state dict"),
        (lambda torch: [torch.ones(3)], "an object of type list, not a state dict"),
        (lambda torch: {"w": torch.ones(3), "epoch": 3}, "holds 'epoch' of type int"),
        (lambda torch: {"model": {"w": torch.ones(3)}}, "holds 'model' of type dict"),
        (lambda torch: {1: torch.ones(3)}, "holds 1 of dtype float32, .* with a name"),
        (lambda torch: {"w": torch.eye(3).to_sparse()}, "cannot be read as"),
        (lambda torch: {"w": torch.ones(3, dtype=torch.complex64)}, "holds 'w' of dtype complex64"),
    ],
)
def test_torch_files_without_a_state_dict(tmp_path, content, what):
    torch = pytest.importorskip("torch")
    torch.save(content(torch), tmp_path / "w.pth")
    refused(tmp_path / "w.pth", what)


def test_weights_that_fit():
    weights = weights_of()
    more = {"num_batches_tracked": np.array(3), "scale": np.array(0.5, np.float32), "version": np.arange(3)}
    shapes = {name: [np.int64(n) for n in SHAPES[name]] for name in reversed(SHAPES)}
    checked = check_architecture({**more, **weights}, shapes, "TestNet", "w.npz")
    assert list(checked) == list(shapes)
    assert all(checked[name] is weights[name] for name in shapes)


def misfit(weights, shapes=SHAPES):
    with pytest.raises(ValueError, match=r"does not hold weights of TestNet") as caught:
        check_architecture(weights, shapes, "TestNet", "some/w.npz")
    message = str(caught.value)
    assert message.startswith("The file 'some/w.npz' ")
    assert message.endswith("Name a file with the weights of TestNet.")
    return message


def test_missing_weights():
    weights = weights_of()
    del weights["features.0.bias"]
    message = misfit(weights)
    assert "missing: features.0.bias." in message
    assert "different" not in message
    assert "unknown" not in message


def test_weights_of_another_shape_or_kind():
    weights = weights_of()
    weights["features.0.weight"] = weights["features.0.weight"].transpose(2, 3, 1, 0)
    weights["features.0.bias"] = weights["features.0.bias"].astype(np.int8)
    message = misfit(weights)
    assert (
        "different: features.0.weight (5, 5, 3, 4) instead of (4, 3, 5, 5), "
        "features.0.bias int8 (4,) instead of (4,). " in message
    )
    assert "missing" not in message


def test_weights_of_unknown_layers():
    message = misfit({**weights_of(), "features.1.running_mean": np.zeros(4, np.float32)})
    assert "unknown: features.1.running_mean (4,)." in message


def test_many_differences_are_counted():
    shapes = {f"layer{i}": (i,) for i in range(7)}
    weights = {f"other{i}": np.zeros(2, np.float32) for i in range(5)}
    message = misfit(weights, shapes)
    assert "missing: layer0, layer1, layer2, layer3 and 3 more; unknown: " in message
    assert "other3 (2,) and 1 more. Name" in message


def test_digest_is_of_the_content():
    weights = weights_of()
    digest = weights_digest(weights)
    assert digest == weights_digest({name: weights[name].copy() for name in reversed(weights)})
    assert digest == weights_digest({name: np.asfortranarray(array) for name, array in weights.items()})
    assert digest == weights_digest({name: array.astype(">f4") for name, array in weights.items()})


def test_digest_stays_from_version_to_version():
    weights = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "n": np.array(3), "e": np.zeros((0, 2))}
    assert weights_digest(weights) == "65cd53edb5754eb4846105a4e78e8183f4cc565dd6b495335db75d13b26fcac3"
    assert weights_digest({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_digest_tells_names_shapes_dtypes_and_numbers_apart():
    weights = {"a": np.zeros(6, np.float32), "b": np.ones(2, np.float32)}
    last = np.zeros(6, np.float32)
    last[-1] = np.float32(1e-45)
    others = [
        {"a": weights["a"]},
        {"a": weights["b"], "b": weights["a"]},
        {"a": weights["a"], "c": weights["b"]},
        {"a": weights["a"].reshape(2, 3), "b": weights["b"]},
        {"a": weights["a"].astype(np.int32), "b": weights["b"]},
        {"a": last, "b": weights["b"]},
    ]
    assert len({weights_digest(each) for each in [weights, *others]}) == len(others) + 1
