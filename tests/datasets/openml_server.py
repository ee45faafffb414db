"""A local server in the place of openml.org."""

import hashlib
import json
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import sklearn.datasets._openml

from ..http_server import http_server


@contextmanager
def server_instead_of_openml(monkeypatch, answer):
    """Let scikit-learn's real client ask a local server: answer(path) -> bytes, or None for an error 503."""

    def get(request):
        content = answer(request.path)
        if content is None:
            request.send_error(503)
        else:
            request.send_response(200)
            request.end_headers()
            request.wfile.write(content)

    monkeypatch.setattr(sklearn.datasets._openml, "time", SimpleNamespace(sleep=lambda seconds: None))
    with http_server(get) as address:
        for name in ("SEARCH_NAME", "DATA_INFO", "DATA_FEATURES", "DATA_QUALITIES"):
            monkeypatch.setattr(sklearn.datasets._openml, f"_{name}", f"{address}/{name}/{{}}")
        yield


@contextmanager
def openml_serving(monkeypatch, name, pixels, labels):
    """Let the server have one data set: pixels (m, k) and labels (m,)."""
    columns = [f"pixel{i + 1}" for i in range(pixels.shape[1])]
    file = _arff(name, columns, np.c_[pixels, labels])
    features = [
        {
            "index": str(i),
            "name": column,
            "data_type": "nominal" if column == "class" else "numeric",
            "is_target": str(column == "class").lower(),
            "is_ignore": "false",
            "is_row_identifier": "false",
            "number_of_missing_values": "0",
        }
        for i, column in enumerate([*columns, "class"])
    ]
    qualities = [{"name": "NumberOfInstances", "value": f"{len(pixels)}.0"}]
    description = {
        "status": "active",
        "format": "ARFF",
        "description": "",
        "md5_checksum": hashlib.md5(file, usedforsecurity=False).hexdigest(),
    }
    answers = {
        "SEARCH_NAME": {"data": {"dataset": [{"did": 1}]}},
        "DATA_INFO": {"data_set_description": description},
        "DATA_FEATURES": {"data_features": {"feature": features}},
        "DATA_QUALITIES": {"data_qualities": {"quality": qualities}},
    }

    def answer(path):
        kind = path.split("/")[1]
        if kind == "SEARCH_NAME":
            assert f"/{name.lower()}/" in path, f"{path} asks for another data set"
        return file if kind == "file" else json.dumps(answers[kind]).encode()

    with server_instead_of_openml(monkeypatch, answer):
        host = sklearn.datasets._openml._DATA_INFO.partition("/DATA_INFO")[0]
        description["url"] = f"{host}/file/{name}.arff"
        yield


def _arff(name, columns, table):
    """The file that openml.org has: a column for every pixel, then the class."""
    lines = [f"@RELATION {name}", *(f"@ATTRIBUTE {column} real" for column in columns)]
    lines += ["@ATTRIBUTE class {0,1,2,3,4,5,6,7,8,9}", "@DATA", *(",".join(map(str, row)) for row in table)]
    return "\n".join(lines).encode()
