"""CIFAR-10's batches in every published form, made from their description and not by the code under test."""

import io
import pickle
import tarfile

BATCHES = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"]
FOLDERS = {"bin": "cifar-10-batches-bin", "py": "cifar-10-batches-py"}
ARCHIVES = {"bin": "cifar-10-binary.tar.gz", "py": "cifar-10-python.tar.gz"}


def batch_files(batches, kind, protocol=2):
    """Name -> content of the files of batches {name: (pixels (m, 3072), labels)}, and of one file beside."""
    files = {"readme.html": b"<html></html>"}
    for name, (pixels, labels) in batches.items():
        if kind == "bin":
            records = zip(labels, pixels, strict=True)
            files[f"{name}.bin"] = b"".join(bytes([label]) + row.tobytes() for label, row in records)
        else:
            batch = {b"batch_label": name.encode(), b"labels": list(map(int, labels)), b"data": pixels}
            files[name] = pickle.dumps(batch, protocol)
    return files


def write_folder(place, kind, files):
    """Write the files to their folder in `place`; return the folder."""
    folder = place / FOLDERS[kind]
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def write_archive(place, kind, files):
    """Write the files to their archive in `place`; return its path."""
    place.mkdir(parents=True, exist_ok=True)
    path = place / ARCHIVES[kind]
    with tarfile.open(path, "w:gz") as archive:
        for name, content in reversed(files.items()):  # no order is promised
            member = tarfile.TarInfo(f"{FOLDERS[kind]}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


WRITE = {"folder": write_folder, "archive": write_archive}
