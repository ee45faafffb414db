"""The pictures of a recipe, from its folder."""

import struct
from base64 import b64encode
from dataclasses import dataclass
from pathlib import PurePosixPath

ENDING = ".png"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
SHARPNESS = 1.5  # pixels of a picture on a pixel of the page


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes
    ----------
    name : str
        What it shows, in the words of its file's name.
    place : str
        Its file, seen from the report's folder.
    alt : str
        What stands instead of it.
    data : str
        The file's bytes in base64.
    width, height : int
        At which it is shown, where there is room.
    """

    name: str
    place: str
    alt: str
    data: str
    width: int
    height: int


def pictures(found, title):
    """Read the pictures that a record names.

    Parameters
    ----------
    found : Found
    title : str
        Of the recipe.

    Returns
    -------
    drawn : list of Picture
    missing : list of str
        Sentences about pictures that are not there.
    """
    drawn, missing = [], []
    for name in found.record["files"]:
        path = PurePosixPath(name)
        if path.suffix != ENDING:
            continue
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"the picture {name!r} is not in its folder")
        try:
            data = (found.folder / path).read_bytes()
        except OSError:
            missing.append(f"The picture {name} is missing.")
            continue
        if data[:8] != SIGNATURE or len(data) < 24:
            missing.append(f"The picture {name} is damaged.")
            continue
        width, height = (round(n / SHARPNESS) for n in struct.unpack(">II", data[16:24]))
        words = path.stem.replace("-", " ").replace("_", " ")
        place = (PurePosixPath(found.place) / path).as_posix()
        drawn.append(Picture(words, place, f"{title}: {words}", b64encode(data).decode(), width, height))
    return drawn, missing
