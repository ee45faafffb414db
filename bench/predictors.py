"""Time of one prediction, each library as its own users would write it for speed.

    python -m bench.predictors fastmlp --rows 1 --hidden 64,64
    python -m bench.predictors onnxruntime --rows 10000 --threads 2

Class probabilities of float32 rows in NumPy, from a network with the same weights in every library.  One
process runs one library, on as many cores as threads and without foreign settings.  When it is ready it
answers with the probabilities of some rows; then it answers every line that it reads with the seconds of a
prediction.
"""

import json
import sys
import time
from importlib.util import find_spec
from itertools import pairwise

from .cells import N_CLASSES
from .machine import clean_environment, pinned
from .peers import make_estimator, make_parser

PREDICTOR = "fastmlp predictor"  # its other way, made ready ahead of time
#: What must be importable for each; onnx writes the network that onnxruntime reads.
PEERS = {
    PREDICTOR: ("fastmlp",),
    "sklearn": ("sklearn",),
    "torch": ("torch",),
    "onnxruntime": ("onnxruntime", "onnx"),
}
LENGTH = 0.05  # seconds that one measurement should take
SHOWN = 20  # rows whose probabilities are compared
OPSET, IR_VERSION = 21, 10  # of ONNX: what onnxruntime has read since version 1.20


def missing(peer):
    """Return the names of the libraries that a peer lacks, list of str."""
    return [name for name in PEERS[peer] if find_spec(name) is None]


def main(arguments=None):
    """Run one library in this process, which must not have imported NumPy yet."""
    parser = make_parser(__doc__, ["fastmlp", *PEERS])
    args = parser.parse_args(arguments)
    clean_environment(args.threads)
    with pinned(args.threads):
        import numpy as np

        X = np.random.default_rng(1).random((args.rows, args.features), dtype=np.float32)
        predict = make_predict(args)
        predict(X)
        print(json.dumps(predict(X)[:: -(-args.rows // SHOWN)].tolist()), flush=True)
        times = max(1, round(LENGTH / min(seconds_of(predict, X, 1) for _ in range(5))))
        for _ in sys.stdin:
            print(seconds_of(predict, X, times), flush=True)


def seconds_of(predict, X, times):
    """Time so many predictions; return the seconds of one."""
    start = time.perf_counter()
    for _ in range(times):
        predict(X)
    return (time.perf_counter() - start) / times


def make_predict(args):
    """Return a function from rows to probabilities."""
    weights = make_weights(args)
    if args.library == "torch":
        return _torch_predict(args, weights)
    if args.library == "onnxruntime":
        return _onnx_predict(args, weights)
    if args.library == PREDICTOR:
        args.library = "fastmlp"
        return _fitted(args, weights).predictor()
    return _fitted(args, weights).predict_proba


def make_weights(args):
    """Draw weights and biases of every layer, list of (ndarray of shape (k, n), ndarray of shape (n,))."""
    import numpy as np

    rng = np.random.default_rng(2)
    sizes = (args.features, *args.hidden, N_CLASSES)
    return [
        (
            rng.normal(scale=(2 / k) ** 0.5, size=(k, n)).astype(np.float32),
            rng.normal(size=n).astype(np.float32),
        )
        for k, n in pairwise(sizes)
    ]


def _fitted(args, weights):
    import numpy as np

    model, labels = make_estimator(args), np.arange(args.batch) % N_CLASSES
    model.partial_fit(np.zeros((args.batch, args.features), np.float32), labels, classes=range(N_CLASSES))
    for i, (w, b) in enumerate(weights):
        model.coefs_[i], model.intercepts_[i] = w, b
    return model


def _torch_predict(args, weights):
    import torch

    torch.set_num_threads(args.threads)
    layers = []
    for w, b in weights:
        layer = torch.nn.Linear(*w.shape)
        layer.load_state_dict({"weight": torch.from_numpy(w.T.copy()), "bias": torch.from_numpy(b)})
        layers += [layer, torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1], torch.nn.Softmax(1)).eval()

    def predict(X):
        with torch.inference_mode():
            return model(torch.from_numpy(X)).numpy()

    return predict


def _onnx_predict(args, weights):
    import onnxruntime
    from onnx import TensorProto, checker, helper, numpy_helper

    nodes, constants, below = [], [], "x"
    for i, (w, b) in enumerate(weights):
        constants += [numpy_helper.from_array(w, f"w{i}"), numpy_helper.from_array(b, f"b{i}")]
        nodes.append(helper.make_node("Gemm", [below, f"w{i}", f"b{i}"], [f"z{i}"]))
        last = i == len(weights) - 1
        nodes.append(helper.make_node("Softmax" if last else "Relu", [f"z{i}"], [f"a{i}"]))
        below = f"a{i}"
    graph = helper.make_graph(
        nodes,
        "mlp",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", args.features])],
        [helper.make_tensor_value_info(below, TensorProto.FLOAT, ["rows", N_CLASSES])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = args.threads, 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return lambda X: session.run(None, {"x": X})[0]


if __name__ == "__main__":
    main()
