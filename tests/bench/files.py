"""Small result files, as pytest-benchmark writes them."""

import json


def result(*entries, fma=250.0, copy=40.0, **more):
    """A result file of a machine with these limits; entries are (name, figures)."""
    limits = {
        "fma_float32_gflops": fma,
        "fma_float64_gflops": fma / 2,
        "copy_gbytes_per_second": copy,
    }
    return {
        "machine_info": {
            "limits": limits,
            "fastmlp": {"cpu": "Some CPU (some9)", "cores": 2},
            "versions": {"fastmlp": "1.2.3", "torch": "not installed"},
            "cpu": {"flags": ["many"] * 1000},
        },
        "commit_info": {"id": "abc"},
        "benchmarks": [
            {
                "fullname": name,
                "extra_info": figures,
                "stats": {"median": 1.0, "rounds": 5, "data": [1.0] * 5},
            }
            for name, figures in entries
        ],
        "datetime": "2031-02-03T04:05:06+00:00",
        "missing": [],
        "quick": False,
        **more,
    }


def product(gflops, limit, shape="128x784x256"):
    figures = {
        "table": "Matrix products, one core",
        "kernel": "gemm_nn",
        "shape": shape,
        "dtype": "float32",
        "gflops": gflops,
        "limit_gflops": limit,
        "share_of_limit": gflops / limit,
        "flops_per_byte": 40.0,
    }
    return f"bench/test_kernels.py::test_product[{shape}]", figures


def elementwise(ns, limit, copy=100.0):
    figures = {
        "table": "Element-wise kernels, one core",
        "kernel": "activations.relu_forward",
        "shape": "128x256",
        "dtype": "float32",
        "ns_per_element": ns,
        "gflops": 1 / ns,
        "gbytes_per_second": 8 / ns,
        "limit_gbytes_per_second": copy,
        "limit_gflops": limit,
        "share_of_copy": 8 / ns / copy,
        "flops_per_byte": 0.125,
    }
    return "bench/test_kernels.py::test_elementwise[relu]", figures


def epoch(peer, seconds, ratio, threads=1, share=0.8):
    figures = {
        "table": "Training",
        "cell": "784-64-64-10 batch 128",
        "threads": threads,
        "rows": 1280,
        "peer": peer,
        "seconds": seconds,
        "peer_seconds": seconds * ratio,
        "ratio": ratio,
        "gflops": 200.0,
        "limit_gflops": 250.0,
        "share_of_limit": share,
    }
    return f"bench/test_training.py::test_epoch[{threads}-{peer}]", figures


def gpu_epoch(peer, seconds, ratio, precision="tf32", share=0.5):
    name, figures = epoch(peer, seconds, ratio, share=share)
    del figures["threads"]
    more = {"table": "Training on a GPU", "precision": precision, "limit": f"cuBLAS {precision}"}
    return name.replace("training", "cuda"), figures | more


def start(seconds, limit=250.0):
    figures = {
        "table": "Start",
        "what": "first fit",
        "seconds": seconds,
        "process_seconds": 2 * seconds,
        "limit_gflops": limit,
    }
    return "bench/test_startup.py::test_first_fit", figures


def peak(library, megabytes):
    figures = {
        "table": "Memory",
        "library": library,
        "dtype": "float32",
        "data_megabytes": 188.0,
        "megabytes": megabytes,
        "bound": "",
        "copied": "no",
    }
    return f"bench/test_memory.py::test_peak[{library}]", figures


def save(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)
