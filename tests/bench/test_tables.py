"""From figures to tables: ratios, means, and what is missing."""

import pytest

from bench.tables import as_text, geometric_means, tables

from .files import epoch, gpu_epoch, peak, product


def figures_of(*entries):
    return [figures for _, figures in entries]


def lost(peer, why, threads=1):
    known = figures_of(epoch(peer, 0.1, 1, threads))[0]
    return {name: known[name] for name in ("table", "cell", "threads", "rows", "peer")} | {"missing": why}


def test_one_row_for_each_cell():
    figures = figures_of(epoch("sklearn", 0.1, 3), epoch("jax", 0.3, 1.5), epoch("jax", 0.2, 0.9, threads=2))
    ((title, rows, legend),) = tables(figures)
    assert title == "Training"
    assert "FMA rate" in legend
    first, second = rows
    assert first == {
        "network": "784-64-64-10 batch 128",
        "threads": "1",
        "rows": "1280",
        "fastmlp": "0.2000 s",  # the median over both peers' rounds
        "GFLOP/s": "200",
        "of limit": "80%",
        "sklearn": "3.00",
        "jax": "1.50",
        "best peer": "1.50 jax",
    }
    assert second["best peer"] == "0.90 jax"
    assert [row["a peer is faster in"] for row in geometric_means(figures)] == ["0", "1"]


@pytest.mark.parametrize(("cells", "expected"), [(2, 1), (3, 2)])
def test_means_of_few_cells_are_not_shown(cells, expected):
    (figure,) = figures_of(epoch("jax", 0.1, 2))
    found = list(tables([figure | {"cell": str(i)} for i in range(cells)]))
    assert len(found) == expected
    assert [title for title, _, _ in found[1:]] == ["Training: geometric means of the ratios"] * (
        expected - 1
    )


def test_geometric_means():
    figures = figures_of(epoch("sklearn", 0.1, 2), epoch("jax", 0.1, 4))
    other = {"cell": "another"}
    figures += [figure | other for figure in figures_of(epoch("sklearn", 0.1, 8), epoch("jax", 0.1, 1))]
    assert geometric_means(figures) == [
        {
            "threads": "1",
            "sklearn": "4.00",
            "jax": "2.00",
            "best peer of each cell": "1.41",
            "cells": "2",
            "a peer is faster in": "0",
        }
    ]


def test_what_is_missing_is_said():
    figures = [*figures_of(epoch("sklearn", 0.1, 3)), lost("torch", "not installed"), lost("jax", "failed")]
    ((_, (row,), _),), (means,) = tables(figures), geometric_means(figures)
    assert (row["sklearn"], row["torch"], row["jax"]) == ("3.00", "not installed", "failed")
    assert row["best peer"] == "3.00 sklearn"
    assert (means["torch"], means["jax"]) == ("", "")


def test_a_mean_says_of_how_many_cells():
    figures = [*figures_of(epoch("jax", 0.1, 2)), lost("jax", "failed") | {"cell": "another"}]
    assert geometric_means(figures)[0]["jax"] == "2.00 of 1"


def test_a_cell_where_everything_failed():
    figures = [lost("sklearn", "failed")]
    ((_, (row,), _),), (means,) = tables(figures), geometric_means(figures)
    assert (row["fastmlp"], row["sklearn"], row["best peer"]) == ("", "failed", "")
    assert (means["cells"], means["a peer is faster in"]) == ("1", "0")


def test_on_a_gpu_precisions_take_the_place_of_threads():
    figures = figures_of(
        gpu_epoch("torch", 0.1, 3), gpu_epoch("jax", 0.1, 2), gpu_epoch("jax", 0.2, 0.5, "bf16")
    )
    ((title, (tf32, bf16), legend),) = tables(figures)
    assert (title, "cuBLAS" in legend) == ("Training on a GPU", True)
    assert tf32 == {
        "network": "784-64-64-10 batch 128",
        "precision": "tf32",
        "rows": "1280",
        "fastmlp": "0.1000 s",
        "GFLOP/s": "200",
        "of limit": "50%",
        "limit": "250 cuBLAS tf32",
        "torch": "3.00",
        "jax": "2.00",
        "best peer": "2.00 jax",
    }
    assert (bf16["precision"], bf16["best peer"]) == ("bf16", "0.50 jax")
    assert [row["precision"] for row in geometric_means(figures)] == ["tf32", "bf16"]


def test_mnist_on_a_gpu():
    named = {"table": "MNIST on a GPU", "cell": "784-8-10 batch 4", "precision": "full"}
    known = {"seconds": 1.5, "epochs": 3, "accuracy": 0.9812, "first_seconds": 20.0}
    figures = [named | known, named | {"missing": "not reached"}]
    ((_, (reached, failed), _),) = tables(figures)
    assert list(reached.values()) == ["784-8-10 batch 4", "full", "1.500", "3", "98.12%", "20.0 s"]
    assert list(failed.values()) == ["784-8-10 batch 4", "full", *["not reached"] * 4]


def test_rows_of_other_tables():
    _, torch = peak("torch", 7.25)
    missing = {name: torch[name] for name in ("table", "library", "dtype", "data_megabytes")}
    figures = [
        *figures_of(product(240, 250)),
        torch,
        missing | {"library": "jax", "missing": "not installed"},
    ]
    found = {title: rows for title, rows, _ in tables(figures)}
    assert list(found) == ["Memory", "Matrix products, one core"]
    assert [row["MB over the data"] for row in found["Memory"]] == ["7.2", "not installed"]
    assert found["Matrix products, one core"][0]["of FMA limit"] == "96.0%"


@pytest.mark.parametrize("width", [1, 300])
def test_tables_are_markdown(width):
    text = as_text([{"name": "x" * width, "seconds": "0.1"}, {"name": "[b]", "seconds": "12.0"}])
    lines = text.splitlines()
    assert lines[0].split() == ["|", "name", "|", "seconds", "|"]
    assert set(lines[1]) <= set("|-:")
    assert lines[2].split() == ["|", "x" * width, "|", "0.1", "|"]
    assert lines[3].split() == ["|", "[b]", "|", "12.0", "|"]
    assert len({len(line) for line in lines}) == 1
