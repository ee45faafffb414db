"""Two result files against each other: what is slower, what is only the machine, what cannot be compared."""

import json
import re

import pytest

from bench.compare import main

from .files import elementwise, epoch, gpu_epoch, peak, product, result, save, start


@pytest.fixture
def compare(tmp_path, capsys):
    """Compare two results; return exit code, output, error output."""

    def call(old, new, *words):
        paths = [save(tmp_path / "old.json", old), save(tmp_path / "new.json", new)]
        return main([*paths, *words]), *capsys.readouterr()

    return call


def ratio_of(name, out):
    """The ratio in a benchmark's row."""
    return float(re.search(rf"^\| .*{re.escape(name)}.*? \| +([0-9.]+) \|", out, re.M)[1])


def test_the_same_file_twice(compare):
    same = result(product(240, 250), epoch("sklearn", 0.1, 3), start(0.2), peak("fastmlp", 7))
    code, out, err = compare(same, same)
    assert (code, err) == (0, "")
    assert "4 compared; geometric mean 1.000" in out
    assert "slower" not in out


def test_a_slowed_kernel_fails(compare):
    old = result(product(240, 250), product(240, 250, "64x64x64"))
    new = result(product(240, 250), product(200, 250, "64x64x64"))
    code, out, _ = compare(old, new)
    assert code == 1
    assert ratio_of("64x64x64", out) == pytest.approx(1.2)
    assert "slower than 1.1 times: test_kernels.py::test_product[64x64x64]" in out


def test_the_other_direction_passes(compare):
    old, new = result(product(200, 250)), result(product(240, 250))
    code, out, _ = compare(old, new)
    assert code == 0
    assert "| faster |" in out


def test_a_slower_machine_is_no_failure(compare):
    """Half the clock: every time is twice as long, and so is every limit half as high."""
    old = result(
        product(240, 250),
        elementwise(0.05, 250, copy=200),
        epoch("jax", 0.1, 1.5, share=0.8),
        start(0.2),
    )
    new = result(
        product(120, 125),
        elementwise(0.1, 125, copy=200),  # the clock counts, not a noisy copy
        epoch("jax", 0.2, 1.5, share=0.8),
        start(0.4, 125),
    )
    code, out, _ = compare(old, new)
    assert code == 0
    assert "4 compared; geometric mean 1.000" in out


def test_a_faster_machine_hides_nothing(compare):
    """Twice the clock and the same time is twice the work."""
    code, out, _ = compare(result(start(0.2, 125)), result(start(0.2, 250)))
    assert code == 1
    assert ratio_of("first_fit", out) == pytest.approx(2)


def test_limits_of_another_moment_do_not_matter(compare):
    """What a session measured at its end says nothing of the minute in which a benchmark ran."""
    old, new = (
        result(start(0.2), elementwise(0.05, 250), epoch("jax", 0.1, 1.5), fma=fma, copy=copy)
        for fma, copy in ((250.0, 40.0), (125.0, 80.0))
    )
    code, out, _ = compare(old, new)
    assert code == 0
    assert "3 compared; geometric mean 1.000" in out


def test_a_slowed_elementwise_kernel_fails(compare):
    code, out, _ = compare(result(elementwise(0.05, 250)), result(elementwise(0.06, 250)))
    assert code == 1
    assert ratio_of("test_elementwise", out) == pytest.approx(1.2)


def test_a_cell_is_the_median_over_its_peers(compare):
    """One disturbed measurement out of three does not count."""
    old = result(*(epoch(peer, 0.1, 2, share=0.8) for peer in ("sklearn", "torch", "jax")))
    shares = {"sklearn": 0.8, "torch": 0.4, "jax": 0.8}
    new = result(*(epoch(peer, 0.1, 2, share=share) for peer, share in shares.items()))
    code, out, _ = compare(old, new)
    assert code == 0
    assert ratio_of("Training: 784-64-64-10 batch 128, 1 thread", out) == 1


def test_other_peers_do_not_matter(compare):
    """A file without a peer, or with a slower one, has the same cells of fastmlp."""
    old = result(epoch("sklearn", 0.1, 2), epoch("jax", 0.1, 2), peak("fastmlp", 7), peak("jax", 300))
    new = result(epoch("sklearn", 0.1, 9), peak("fastmlp", 7), peak("jax", 900))
    code, out, _ = compare(old, new)
    assert code == 0
    assert "2 compared; geometric mean 1.000" in out


def test_precisions_of_a_gpu_are_told_apart(compare):
    old = [gpu_epoch("jax", 0.1, 2, precision, share=0.5) for precision in ("full", "bf16")]
    new = [gpu_epoch("jax", 0.1, 2, "full", share=0.5), gpu_epoch("jax", 0.2, 1, "bf16", share=0.25)]
    code, out, _ = compare(result(*old), result(*new))
    name = "Training on a GPU: 784-64-64-10 batch 128"
    assert (code, ratio_of(f"{name}, full precision", out)) == (1, 1)
    assert ratio_of(f"{name}, bf16 precision", out) == 2


def test_memory_is_compared_as_it_is(compare):
    code, out, _ = compare(result(peak("fastmlp", 7)), result(peak("fastmlp", 14)))
    assert code == 1
    assert ratio_of("test_peak", out) == pytest.approx(2)


def test_the_best_of_several_new_runs_counts(compare, tmp_path):
    old = result(product(200, 250), product(200, 250, "1x1x1"))
    disturbed = result(product(100, 250), product(200, 250, "1x1x1"))
    again = save(tmp_path / "again.json", result(product(200, 250), product(150, 250, "1x1x1")))
    assert compare(old, disturbed)[0] == 1
    code, out, _ = compare(old, disturbed, "--new-again", again)
    assert code == 0
    assert "2 compared; geometric mean 1.000" in out


def test_the_best_of_several_old_runs_counts(compare, tmp_path):
    """A disturbed old run must not hide that something became slower."""
    disturbed, new = result(product(150, 250)), result(product(150, 250))
    again = save(tmp_path / "again.json", result(product(200, 250), start(0.2)))
    assert compare(disturbed, new)[0] == 0
    code, out, _ = compare(disturbed, new, "--old-again", again)
    assert code == 1
    assert ratio_of("128x784x256", out) == pytest.approx(4 / 3, abs=1e-3)
    assert "only in the old results: test_startup.py::test_first_fit\n" in out
    assert out.count("old: ") == 2


def test_more_runs_may_be_named_first(tmp_path, capsys):
    old, again, new = (
        save(tmp_path / f"{name}.json", result(product(gflops, 250)))
        for name, gflops in (("old", 150), ("again", 200), ("new", 150))
    )
    assert main(["--old-again", again, "--new-again", new, "--", old, new]) == 1
    assert ratio_of("128x784x256", capsys.readouterr().out) == pytest.approx(4 / 3, abs=1e-3)


def test_threshold(compare):
    old, new = result(product(200, 250)), result(product(190, 250))
    assert compare(old, new)[0] == 0
    assert compare(old, new, "--fail-above", "1.05")[0] == 1


def test_benchmarks_of_one_file_are_named(compare):
    old = result(product(240, 250), start(0.2))
    new = result(product(240, 250), product(240, 250, "1x1x1"))
    code, out, _ = compare(old, new, "--partial")
    assert code == 0
    assert "only in the old results: test_startup.py::test_first_fit\n" in out
    assert "only in the new results: test_kernels.py::test_product[1x1x1]\n" in out


def test_a_lost_benchmark_fails(compare):
    """It may have crashed."""
    both, one = result(product(240, 250), start(0.2)), result(product(240, 250))
    assert compare(both, one)[0] == 1
    assert compare(one, both)[0] == 0


def test_a_slower_predictor_fails(compare):
    """It stands in the place of a peer."""

    def prediction(seconds):
        figures = {"table": "Prediction", "cell": "64-64, 1 row", "threads": 1, "peer": "fastmlp predictor"}
        figures |= {"seconds": 1e-5, "peer_seconds": seconds, "limit_gflops": 250.0}
        return "bench/test_predict.py::test_rows", figures

    code, out, _ = compare(result(prediction(5e-6)), result(prediction(5e-5)))
    assert code == 1
    assert ratio_of("64-64, 1 row, 1 thread, predictor", out) == pytest.approx(10)


def broken(**changes):
    return result(product(240, 250)) | changes


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (json.dumps(result(product(240, 250)))[:-40], "new.json is not complete JSON"),
        ("", "new.json is not complete JSON"),
        ([1, 2], "not a result of these benchmarks"),
        ({"benchmarks": []}, "not a result of these benchmarks"),
        (broken(machine_info={"limits": {"fma_float32_gflops": "fast"}}), "not a result of these benchmarks"),
        (broken(benchmarks=[{"fullname": "a", "extra_info": {}}]), "not a result of these benchmarks"),
        (result(start(0.2)), "no benchmark in common"),
        (result(), "no benchmark in common"),
        (broken(quick=True), "--quick"),
        (result(product(float("nan"), 250)), "no time, share or memory above zero"),
        (result(start("0.2")), "no time, share or memory above zero"),
    ],
)
def test_files_that_cannot_be_compared(compare, new, reason):
    code, out, err = compare(result(product(240, 250)), new)
    assert (code, out) == (2, "")
    assert err.startswith("bench.compare: ")
    assert reason in err


def test_a_file_that_is_not_there(tmp_path, capsys):
    path = save(tmp_path / "new.json", result(product(240, 250)))
    assert main([str(tmp_path / "none.json"), path]) == 2
    assert "none.json cannot be read: No such file" in capsys.readouterr().err
