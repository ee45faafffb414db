"""Downloads are whole and have the right checksum, or leave nothing; all from a local server."""

import hashlib
import os
import socket
import threading
from contextlib import contextmanager

import pytest

from fastmlp.features import download as module
from fastmlp.features.download import download, fetch_alexnet

from ..http_server import http_server

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    """Keep tests away from proxies and from the user's own data; small pieces, so that there are several."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("FASTMLP_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "PIECE", 100_000)


@contextmanager
def serving(content=CONTENT, length=True, status=200):
    """Serve content; `length` may be False, to leave it out, or a wrong number.  Yields URL and visits."""
    visits = []

    def get(request):
        visits.append((request.path, request.headers["User-Agent"]))
        if status >= 400:
            request.send_error(status)
            return
        request.send_response(status)
        if length is not False:
            request.send_header("Content-Length", str(len(content) if length is True else length))
        request.end_headers()
        request.wfile.write(content)

    with http_server(get) as address:
        yield f"{address}/models/w.pth", visits


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def failing(kind, url, path, what):
    """The error names address, event and the place to put the file, and the place stays as it was."""
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(kind, match=what) as caught:
        yield
    message = str(caught.value)
    assert message.startswith(f"{url} could not be downloaded (")
    assert f"by hand, on another machine if need be, and put it at {str(path)!r}" in message
    assert message.endswith("or pass weights=PATH.")
    if path.parent.is_dir():
        assert names_in(path.parent) == ([] if before is None else [path.name])
    assert before is None or path.read_bytes() == before


@pytest.mark.parametrize(
    "checksum", [{}, {"sha256": SHA256}, {"sha256_prefix": SHA256[:8]}, {"sha256": SHA256.upper()}]
)
def test_download_is_whole(tmp_path, checksum):
    path = tmp_path / "made" / "w.pth"
    with serving() as (url, visits):
        assert download(url, str(path), **checksum) == path
    assert path.read_bytes() == CONTENT
    assert names_in(path.parent) == ["w.pth"]
    assert visits == [("/models/w.pth", "fastmlp")]


@pytest.mark.parametrize("length", [True, False])
def test_progress(tmp_path, length):
    reports = []
    with serving(length=length) as (url, _):
        download(url, tmp_path / "w.pth", progress=lambda *report: reports.append(report))
    total = len(CONTENT) if length else None
    assert reports == [(100_000, total), (200_000, total), (256_000, total)]


def test_empty_file(tmp_path):
    with serving(b"") as (url, _):
        download(url, tmp_path / "w.pth")
    assert (tmp_path / "w.pth").read_bytes() == b""


def test_redirection_is_followed(tmp_path):
    with serving() as (url, _):

        def get(request):
            request.send_response(302)
            request.send_header("Location", url)
            request.end_headers()

        with http_server(get) as other:
            download(other, tmp_path / "w.pth", sha256=SHA256)
    assert (tmp_path / "w.pth").read_bytes() == CONTENT


@pytest.mark.parametrize("existing", [None, b"old"])
@pytest.mark.parametrize(
    "checksum", [{"sha256": "0" * 64}, {"sha256_prefix": "7be5be79"}, {"sha256": SHA256[:8]}]
)
def test_wrong_checksum(tmp_path, checksum, existing):
    folder = tmp_path / "made"
    folder.mkdir()
    if existing is not None:
        (folder / "w.pth").write_bytes(existing)
    expected = next(iter(checksum.values()))
    with (
        serving() as (url, _),
        failing(ValueError, url, folder / "w.pth", f"SHA-256 of what arrived is {SHA256}, not {expected}: "),
    ):
        download(url, folder / "w.pth", **checksum)


def test_both_checksums_are_checked(tmp_path):
    path = tmp_path / "made" / "w.pth"
    with serving() as (url, _):
        with failing(ValueError, url, path, "not 00000000"):
            download(url, path, sha256=SHA256, sha256_prefix="00000000")
        with failing(ValueError, url, path, "not 00000000"):
            download(url, path, sha256="0" * 64, sha256_prefix=SHA256[:8])
        download(url, path, sha256=SHA256, sha256_prefix=SHA256[:8])


@pytest.mark.parametrize(("status", "what"), [(404, "HTTP Error 404: Not Found"), (503, "HTTP Error 503")])
def test_server_without_the_file(tmp_path, status, what):
    path = tmp_path / "made" / "w.pth"
    with serving(status=status) as (url, _), failing(ConnectionError, url, path, what):
        download(url, path)
    assert not path.parent.exists()


def test_server_that_stops_before_the_end(tmp_path):
    path = tmp_path / "made" / "w.pth"
    with (
        serving(length=len(CONTENT) + 1) as (url, _),
        failing(ConnectionError, url, path, r"256000 of 256001 bytes arrived"),
    ):
        download(url, path)


def test_chunks_that_stop_before_the_end(tmp_path):
    def get(request):
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(b"5\r\nhello\r\n5\r\nhe")

    path = tmp_path / "made" / "w.pth"
    with http_server(get) as url, failing(ConnectionError, url, path, "IncompleteRead"):
        download(url, path)


@pytest.mark.parametrize("sent", [False, True])
def test_server_that_falls_silent(tmp_path, monkeypatch, sent):
    monkeypatch.setattr(module, "TIMEOUT", 0.1)
    release = threading.Event()

    def get(request):
        if sent:
            request.send_response(200)
            request.send_header("Content-Length", "10")
            request.end_headers()
            request.wfile.write(b"half")
        release.wait(20)

    path = tmp_path / "made" / "w.pth"
    with http_server(get) as url:
        with failing(ConnectionError, url, path, "timed out"):
            download(url, path)
        release.set()


def test_no_server(tmp_path):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # a port on which nobody listens
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/w.pth"
        with failing(ConnectionError, url, tmp_path / "made" / "w.pth", "refused"):
            download(url, tmp_path / "made" / "w.pth")


def test_something_else_than_http(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _ = server.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(b"SSH-2.0\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/w.pth"
        with failing(ConnectionError, url, tmp_path / "made" / "w.pth", "SSH-2.0"):
            download(url, tmp_path / "made" / "w.pth")
        thread.join()


def test_folder_whose_place_is_taken_by_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "w.pth"
    with serving() as (url, _), failing(OSError, url, path, r"Cannot write to the folder '.*file' is a file"):
        download(url, path)


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write"
)
def test_read_only_folder(tmp_path):
    folder = tmp_path / "made"
    folder.mkdir(mode=0o500)
    path = folder / "w.pth"
    with serving() as (url, _), failing(PermissionError, url, path, "change its permissions"):
        download(url, path)


def test_full_disk(tmp_path, monkeypatch):
    def full(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    path = tmp_path / "made" / "w.pth"
    with serving() as (url, _), failing(OSError, url, path, "No space left on device"):
        download(url, path)


def test_interruption_leaves_nothing(tmp_path):
    def interrupt(n_bytes, total):
        raise KeyboardInterrupt

    folder = tmp_path / "made"
    with serving() as (url, _), pytest.raises(KeyboardInterrupt):
        download(url, folder / "w.pth", progress=interrupt)
    assert names_in(folder) == []


@contextmanager
def serving_alexnet(monkeypatch, content=CONTENT, prefix=SHA256[:8]):
    """Serve a small file under a name that ends with the beginning of its checksum."""
    with serving(content) as (url, visits):
        monkeypatch.setattr(module, "ALEXNET", url.replace("w.pth", f"alexnet-owt-{prefix}.pth"))
        yield module.ALEXNET, visits


def test_alexnet_is_downloaded_once(tmp_path, monkeypatch):
    reports = []
    with serving_alexnet(monkeypatch) as (_, visits):
        path = fetch_alexnet(progress=lambda *report: reports.append(report))
        assert path == tmp_path / "cache" / "data" / "alexnet" / f"alexnet-owt-{SHA256[:8]}.pth"
        assert path.read_bytes() == CONTENT
        assert reports[-1] == (len(CONTENT), len(CONTENT))
        n_reports = len(reports)
        assert fetch_alexnet(progress=lambda *report: reports.append(report)) == path
    assert len(visits) == 1
    assert len(reports) == n_reports


@pytest.mark.parametrize("kept", [b"", CONTENT[:-1], CONTENT + b"\0"])
def test_damaged_alexnet_is_downloaded_again(tmp_path, monkeypatch, kept):
    path = tmp_path / "own" / f"alexnet-owt-{SHA256[:8]}.pth"
    path.parent.mkdir()
    path.write_bytes(kept)
    with serving_alexnet(monkeypatch) as (_, visits):
        assert fetch_alexnet(tmp_path / "own") == path
    assert path.read_bytes() == CONTENT
    assert names_in(path.parent) == [path.name]
    assert len(visits) == 1


def test_alexnet_put_there_by_hand_needs_no_network(tmp_path, monkeypatch):
    with serving_alexnet(monkeypatch):
        pass  # the server is gone
    (tmp_path / f"alexnet-owt-{SHA256[:8]}.pth").write_bytes(CONTENT)
    assert fetch_alexnet(str(tmp_path)).read_bytes() == CONTENT


def test_another_file_in_the_place_of_alexnet(tmp_path, monkeypatch):
    folder = tmp_path / "own"
    with serving_alexnet(monkeypatch, b"<html>Please log in</html>") as (url, _):
        path = folder / f"alexnet-owt-{SHA256[:8]}.pth"
        with failing(ValueError, url, path, f"not {SHA256[:8]}: it is another file"):
            fetch_alexnet(folder)


def test_address_of_alexnet_says_its_checksum():
    assert module.ALEXNET.startswith("https://")
    assert module.ALEXNET.endswith("/alexnet-owt-7be5be79.pth")
