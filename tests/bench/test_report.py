"""Markdown and a picture from result files."""

import pytest
from matplotlib.image import imread

from bench.report import main

from .files import elementwise, epoch, gpu_epoch, product, result, save, start


@pytest.fixture
def report(tmp_path, capsys):
    """Report results; return exit code, Markdown, folder, output, error output."""

    def call(*contents):
        paths = [save(tmp_path / f"{i}.json", content) for i, content in enumerate(contents)]
        code = main([*paths, "--out", str(tmp_path / "out")])
        page = tmp_path / "out" / "report.md"
        return code, page.read_text() if page.exists() else "", tmp_path / "out", *capsys.readouterr()

    return call


def test_tables_and_picture(report):
    kernels = result(product(240, 250), elementwise(0.05, 250))
    training = result(epoch("sklearn", 0.1, 3), epoch("jax", 0.1, 1.5))
    code, page, folder, out, err = report(kernels, training)
    assert (code, err) == (0, "")
    assert out.split() == [str(folder / "report.md"), str(folder / "report.png")]
    for part in ("Some CPU (some9)", "FMA 250 GFLOP/s", "2031-02-03", "](report.png)"):
        assert part in page
    for title in ("Training", "Matrix products, one core", "Element-wise kernels, one core"):
        assert f"\n## {title}\n\n|" in page
    assert " 1.50 jax |" in page
    picture = imread(folder / "report.png")
    assert picture.shape[1] > 1.5 * picture.shape[0]  # two panels
    assert picture[..., :3].std() > 0.05


def test_a_panel_for_what_there_is(report):
    code, _, folder, _, _ = report(result(epoch("jax", 0.1, 1.5)))
    assert code == 0
    height, width, _ = imread(folder / "report.png").shape
    assert width < 1.5 * height


def test_no_picture_without_kernels_and_training(report):
    code, page, folder, out, _ = report(result(start(0.2)))
    assert (code, out.split()) == (0, [str(folder / "report.md")])
    assert "![" not in page
    assert "## Start" in page


def test_the_gpu_is_named(report):
    content = result(gpu_epoch("jax", 0.1, 1.5))
    content["machine_info"]["gpu"] = {"name": "Some GPU", "driver_version": "1.2.3"}
    code, page, *_ = report(content)
    assert code == 0
    assert "\nSome GPU (driver 1.2.3), Some CPU (some9), FMA 250 GFLOP/s" in page
    assert "\n## Training on a GPU\n\n|" in page


def test_quick_runs_are_marked(report):
    assert "not to be quoted" in report(result(start(0.2), quick=True))[1]
    assert "not to be quoted" not in report(result(start(0.2)))[1]


def test_a_broken_file(report):
    code, page, _, out, err = report("{")
    assert (code, page, out) == (1, "", "")
    assert "0.json is not complete JSON" in err
