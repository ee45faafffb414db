"""Files are whole or absent; an unwritable folder is named."""

import errno
import os
import stat

import pytest

from fastmlp.files import atomic_open, writable_folder, write_bytes, write_text


def test_write_replaces_the_whole_file(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "a longer first text")
    write_text(path, "π")
    assert path.read_bytes() == "π".encode()
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.bin"
    write_bytes(path, b"old")

    def fail_halfway():
        with atomic_open(path) as file:
            file.write(b"ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_halfway()
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_a_full_disk_is_named_with_the_remedy(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"Cannot write to the folder '.*No space left.* make room on this one"):
        write_text(tmp_path / "a", "text")
    assert list(tmp_path.iterdir()) == []


def test_old_file_stays_visible_until_the_new_one_is_complete(tmp_path):
    path = tmp_path / "a.bin"
    write_bytes(path, b"old")
    with atomic_open(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_permissions_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_bytes(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_writable_folder_makes_parents_and_leaves_nothing_behind(tmp_path):
    folder = writable_folder(tmp_path / "a" / "b")
    assert folder == tmp_path / "a" / "b"
    assert list(folder.iterdir()) == []
    assert writable_folder(folder) == folder


@pytest.mark.parametrize("below", ["", "deeper"])
def test_folder_whose_place_is_taken_by_a_file(tmp_path, below):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"Cannot write to the folder '.*file.*Choose another folder"):
        writable_folder(tmp_path / "file" / below)


def test_write_into_a_missing_folder_names_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Cannot write to the folder '.*missing'.*Choose another"):
        write_text(tmp_path / "missing" / "a.txt", "")


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write"
)
def test_read_only_folder(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError, match="change its permissions"):
            writable_folder(tmp_path)
        with pytest.raises(PermissionError, match="change its permissions"):
            write_text(tmp_path / "a.txt", "")
    finally:
        tmp_path.chmod(0o700)
