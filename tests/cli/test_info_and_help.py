"""`info`, `--help` and `--version`."""

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy
import pytest

import fastmlp
from fastmlp.experiments import environment
from fastmlp.experiments.settings import TrainingSettings
from fastmlp.kernels.cpu import isa
from fastmlp.kernels.cpu.cache import cache_folder
from fastmlp.limits import default_threads

ROOT = Path(fastmlp.__file__).parent.parent
pytestmark = pytest.mark.usefixtures("without_cuda")  # `info` looks for a GPU, which takes a second


def test_info(cli):
    code, out, err = cli("info")
    assert (code, err) == (0, "")
    for name, version in {"fastmlp": fastmlp.__version__, "numpy": numpy.__version__}.items():
        assert re.search(rf"^  {name} +{re.escape(version)}$", out, re.M)
    assert environment.cpu_model() in out
    assert re.search(rf"instruction set +{isa.NAME}, {8 * isa.CHOSEN.bytes}-bit", out)
    assert re.search(rf"float32 tile +{isa.CHOSEN.mr} x {isa.CHOSEN.nv * isa.CHOSEN.bytes // 4} ", out)
    assert re.search(rf"float64 tile +{isa.CHOSEN.mr} x {isa.CHOSEN.nv * isa.CHOSEN.bytes // 8} ", out)
    assert re.search(rf"threads +{default_threads()} ", out)
    assert str(cache_folder()) in out
    assert "no MNIST in" in out
    assert "no Fashion-MNIST in" in out
    assert re.search("FASTMLP_DATA +not set", out)
    assert re.search(r"^  programs +(none compiled yet|\d+ compiled, \d+\.\d MiB)$", out, re.M)


def test_info_finds_data(cli, digits, monkeypatch):
    assert f"MNIST in {digits / 'mnist'}" in cli("info", "--data", digits)[1]
    monkeypatch.setenv("FASTMLP_DATA", str(digits))
    out = cli("info")[1]
    assert re.search(rf"FASTMLP_DATA +.*{re.escape(str(digits / 'mnist'))}", out)
    mnist, cifar10 = out.partition("\nMNIST\n")[2].split("CIFAR-10\n", 1)
    assert "otherwise" not in mnist
    assert re.search("^  otherwise +fetched from openml.org$", cifar10, re.M)


def test_info_finds_cifar10_and_weights(cli, tmp_path):
    assert re.search("^  squeezenet +none found$", cli("info", "--data", tmp_path)[1], re.M)
    (tmp_path / "cifar10" / "cifar-10-batches-py").mkdir(parents=True)
    (tmp_path / "squeezenet").mkdir()
    weights = tmp_path / "squeezenet" / "squeezenet_v1.0.npz"
    weights.write_bytes(b"")
    code, out, err = cli("info", "--data", tmp_path)
    assert (code, err) == (0, "")
    place = tmp_path / "cifar10" / "cifar-10-batches-py"
    assert re.search(rf"^  option --data +CIFAR-10 in {re.escape(str(place))}$", out, re.M)
    assert re.search(rf"^  option --data +no MNIST in {re.escape(str(tmp_path))}$", out, re.M)
    assert re.search(rf"^  squeezenet +{re.escape(str(weights))}$", out, re.M)
    assert re.search("^  alexnet +none found$", out, re.M)


@pytest.mark.parametrize(("folder", "more"), [("nowhere", ", which does not exist"), (".", "")])
def test_info_says_why_there_is_no_data(cli, tmp_path, monkeypatch, folder, more):
    monkeypatch.setenv("FASTMLP_DATA", str(tmp_path / folder))
    assert re.search(rf"^  FASTMLP_DATA +no MNIST in {tmp_path / folder}{more}$", cli("info")[1], re.M)


def test_info_reports_incomplete_data(cli, digits, monkeypatch):
    (digits / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    monkeypatch.setenv("FASTMLP_DATA", str(digits))
    code, out, _ = cli("info")
    assert code == 0
    assert "lacks t10k-labels-idx1-ubyte" in out


def test_processor_name_from_linux(tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text("processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\n\nmodel name\t: Other\n")
    assert environment._from_cpuinfo(path) == "Some CPU @ 3 GHz"
    path.write_text("processor\t: 0\nCPU part\t: 0xd0c\n")
    assert environment._from_cpuinfo(path) == ""
    assert environment._from_cpuinfo(tmp_path / "none") == ""
    assert len(environment.cpu_model()) > 3


def test_help_of_every_command(cli):
    code, out, _ = cli("--help")
    assert code == 0
    for command in ("mnist", "cifar-features", "info"):
        assert re.search(rf"^    {command}\s+\w", out, re.M)
        assert cli(command, "--help")[0] == 0


def test_help_of_mnist_names_every_setting_and_default(cli):
    _, out, _ = cli("mnist", "--help")
    text = " ".join(out.partition("\nnetwork:")[2].split())
    for field in fields(TrainingSettings):
        option = re.search(rf"--{field.name.replace('_', '-')} [A-Z].*?\(default: ([^)]*)\)", text)
        default = getattr(TrainingSettings(), field.name)
        if field.name in ("layers", "learning_rate", "epochs", "optimizer", "seed", "dtype", "device", "l2"):
            shown = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
            assert option[1] == shown, field.name
    assert "examples:" in out
    assert "Ctrl-C" in out


def test_version(cli):
    assert cli("--version") == (0, f"fastmlp {fastmlp.__version__}\n", "")


def test_no_command_is_an_error(cli):
    code, out, err = cli()
    assert (code, out) == (2, "")
    assert err == cli("--help")[1]


@pytest.mark.parametrize("words", [["--loud"], ["train"], ["info", "--loud"]])
def test_wrong_words(cli, words):
    code, out, err = cli(*words)
    assert (code, out) == (2, "")
    program = " ".join(["fastmlp", *words[:-1]])
    assert err.startswith(f"{program}: error: ")
    assert words[-1] in err
    assert err.endswith(f"\nsee `{program} --help`\n")


@pytest.mark.skipif(os.name == "nt", reason="Windows reports closed pipes otherwise")
def test_a_reader_that_stops_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        run = subprocess.run(
            [sys.executable, ROOT / "cli.py", "info"],
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (run.returncode, run.stderr) == (1, "")


def test_help_needs_none_of_the_heavy_libraries():
    """So that it answers at once."""
    code = (
        "import sys\nfrom fastmlp.cli import main\n"
        "for command in ('mnist', 'cifar-features'):\n"
        "    try: main([command, '--help'])\n"
        "    except SystemExit: pass\n"
        "heavy = {'numba', 'sklearn', 'scipy', 'matplotlib', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("command", ["info", "mnist", "cifar-features"])
def test_commands_share_the_debugging_option(cli, command):
    assert "--traceback" in cli(command, "--help")[1]
