"""The on-disk cache of compiled kernels: what its key depends on, and that it never stands in the way."""

import os
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest
from numba import types
from numba.core.registry import cpu_target

from fastmlp.kernels.cpu import cache, engine, predict
from fastmlp.kernels.cpu.jit import jit
from fastmlp.kernels.cpu.optimizers import scale
from tests.kernels.sizes import needs_jit

content_key = cache.content_key.__wrapped__  # it is computed once in a process


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache folder, in use."""
    monkeypatch.setenv("FASTMLP_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def fresh():
    """`scale` as a new process has it: not yet compiled or loaded."""
    return jit(scale.py_func)


def use(kernel):
    """Call the kernel and check what it does."""
    x = np.arange(5.0)
    kernel(x, 0.5)
    np.testing.assert_array_equal(x, np.arange(5) / 2)


def loaded(kernel):
    """Whether the kernel's code came from the cache."""
    assert sum(kernel.stats.cache_hits.values()) + sum(kernel.stats.cache_misses.values()) == 1
    return bool(kernel.stats.cache_hits)


def test_the_key_depends_on_every_kernel_source(tmp_path, monkeypatch):
    copy = tmp_path / "kernels"
    shutil.copytree(cache.KERNELS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(cache, "KERNELS", copy)
    keys = {content_key()}
    assert keys == {content_key()}
    sources = [copy / "contract.py", *sorted((copy / "cpu").glob("*.py"))]
    for number, source in enumerate(sources, 1):
        source.write_bytes(source.read_bytes() + b"\n")
        keys.add(content_key())
        assert len(keys) == number + 1, source.name
    (copy / "cpu" / "another.py").write_text("")
    assert content_key() not in keys


def test_the_key_depends_on_versions_and_instruction_set_only_else(tmp_path, monkeypatch):
    """Not on where the package is installed."""
    before = content_key()
    monkeypatch.setattr(cache.numba, "__version__", "0.0")
    assert content_key() != before
    monkeypatch.undo()
    monkeypatch.setattr(cache.isa, "NAME", "another")
    assert content_key() != before
    monkeypatch.undo()
    copy = tmp_path / "elsewhere"
    shutil.copytree(cache.KERNELS, copy)
    monkeypatch.setattr(cache, "KERNELS", copy)
    assert content_key() == before


def test_the_folder_holds_the_key(folder, monkeypatch):
    assert cache.cache_folder() == folder / "kernels" / cache.content_key()
    monkeypatch.delenv("FASTMLP_CACHE_DIR")
    assert cache.cache_folder().name == cache.content_key()


@needs_jit
def test_compiled_once_then_loaded(folder):
    first, second = fresh(), fresh()
    use(first)
    assert not loaded(first)
    use(second)
    assert loaded(second)
    assert list((folder / "kernels").iterdir()) == [cache.cache_folder()]


@needs_jit
@pytest.mark.parametrize("suffix", ["nbi", "nbc"], ids=["index", "code"])
@pytest.mark.parametrize(
    "content",
    [b"", b"garbage", pickle.dumps("0.0"), pickle.dumps(None) * 2, bytes(range(256))],
    ids=["empty", "text", "pickle", "two pickles", "bytes"],
)
def test_an_unreadable_entry_is_compiled_again(content, suffix, folder):
    use(fresh())
    files = [path for path in folder.rglob(f"*.{suffix}") if path.is_file()]
    assert files
    for path in files:
        path.write_bytes(content)
    use(fresh())
    for path in files:
        path.write_bytes(path.read_bytes()[:-7])  # cut short, as after a crash
    use(fresh())


@needs_jit
def test_code_of_another_signature_under_the_same_name(folder):
    """As two processes leave it that compile one kernel for two dtypes and take the same file name."""
    both = fresh()
    use(both)
    both(np.ones(3, np.float32), 0.5)
    first, second = sorted(folder.rglob("*.nbc"))
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)
    again = fresh()
    use(again)
    assert not loaded(again)
    use(fresh())


@needs_jit
def test_missing_code(folder):
    use(fresh())
    for path in folder.rglob("*.nbc"):
        path.unlink()
    again, then = fresh(), fresh()
    use(again)
    assert not loaded(again)
    use(then)
    assert loaded(then)


@needs_jit
def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    """Kernels are compiled in memory; a file in the folder's place stands for any reason."""
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("FASTMLP_CACHE_DIR", str(tmp_path / "file"))
    for _ in range(2):
        kernel = fresh()
        use(kernel)
        assert not loaded(kernel)
    assert (tmp_path / "file").read_text() == "not a folder"


@needs_jit
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything is writable for root")
def test_a_folder_without_permission(tmp_path, monkeypatch):
    tmp_path.chmod(0o500)
    monkeypatch.setenv("FASTMLP_CACHE_DIR", str(tmp_path / "cache"))
    use(fresh())
    assert list(tmp_path.iterdir()) == []


@needs_jit
def test_another_process_loads_what_this_one_compiled(folder):
    use(fresh())
    program = (
        "import numpy as np; from fastmlp.kernels.cpu.optimizers import scale; x = np.arange(5.0);"
        "scale(x, 0.5); print(x.sum(), len(scale.stats.cache_hits), len(scale.stats.cache_misses))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["5.0", "1", "0"]


@needs_jit
@pytest.mark.parametrize(("module", "purpose"), [(engine, "training"), (predict, "prediction")])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("images", "also"), [(types.none, ""), (types.int64, " and images")])
def test_the_notice_says_which_program_is_compiled(folder, capsys, module, purpose, dtype, images, also):
    """Two alike for one dtype would look like a cache that fails."""
    program_cache = cache.KernelCache(module.program.py_func)
    program_cache.announced = True
    arrays = types.UniTuple(getattr(types, dtype)[::1], 2)
    signature = (types.int64, types.float64[::1], arrays, images)
    assert program_cache.load_overload(signature, cpu_target.target_context) is None
    line = capsys.readouterr().err
    assert line.startswith(f"fastmlp: compiling the {purpose} program for {dtype}{also} (")
    assert line.endswith(f" s, once; kept in {cache.cache_folder()}) ...\n")
