"""The fits of a recipe as files: one record each, written when the fit ends, found again by a later run."""

import json
import re
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import fastmlp

from ..files import writable_folder
from .artifacts import save_model
from .fitted import SCHEMA
from .recipe import as_text, recorded
from .record import plain, write_json
from .record_files import damaged, read_record

FOLDER = "fits"
REMEDY = "Delete it and run the recipe again, which makes this fit anew"
LONGEST = 60  # characters of a setting in a file's name
#: The keys that tell a fit from every other one.
IDENTITY = (
    "recipe",
    "fit",
    "inputs",
    "setting",
    "library",
    "parameters",
    "seed",
    "quick",
    "data",
    "device",
    "fastmlp",
)


@dataclass(frozen=True)
class FitStore:
    """The folder of a recipe's fits.

    Parameters
    ----------
    folder : Path
        That of the recipe's run; fits lie in a folder of it.
    """

    folder: Path

    def prepare(self):
        """Make the folder, and prove that it can be written to.

        Raises
        ------
        OSError
            If it cannot.
        """
        writable_folder(self.folder / FOLDER)

    def read(self, identity):
        """Return the record of a completed fit, if there is one.

        Parameters
        ----------
        identity : dict
            As `identify` returns it.

        Returns
        -------
        dict or None
            None, too, for one that failed, or whose model is gone.

        Raises
        ------
        ValueError
            If the file is damaged, or is not such a record.
        """
        path = self.folder / file_name(identity)
        try:
            record = read_record(path, SCHEMA, REMEDY)
        except FileNotFoundError:
            return None
        if any(record.get(name) != value for name, value in identity.items()):
            raise damaged(path, "it is the record of another fit", REMEDY)
        model = record.get("model")
        whole = record.get("status") == "completed" and (model is None or (self.folder / model).is_file())
        return record if whole else None

    def write(self, record, model):
        """Write the record of a fit, and before it the model, if there is one.

        Parameters
        ----------
        record : dict
            Gets the name of the model's file.
        model : estimator or None

        Raises
        ------
        OSError
            If the disk is full, for example; what was there before is still there.
        """
        stem = file_stem(record)
        if model is not None:
            files = {"files": []}
            save_model(model, f"{FOLDER}/{stem}.joblib", self.folder, files)
            record["model"] = files["files"][0]
        write_json(self.folder / file_name(record), record)


def identify(recipe, setting, seed, quick, data, context):
    """Return what tells a fit from every other one; whoever has done it need not do it again.

    Parameters
    ----------
    recipe : Recipe
    setting : Setting
    seed : int
    quick : bool
    data : dict
        As `data_sets.described` returns it.
    context : Context

    Returns
    -------
    dict
        The beginning of the fit's record.
    """
    return plain(
        {
            "recipe": recipe.name,
            "fit": f"{as_text(recipe.fit)}, version {recipe.version}",
            "inputs": {} if recipe.inputs is None else recipe.inputs(setting, context),
            "setting": setting.key,
            "library": setting.library,
            "parameters": recorded(setting.parameters),
            "seed": seed,
            "quick": quick,
            "data": {name: data[name] for name in ("name", "digest")},
            "device": context.device,
            "fastmlp": fastmlp.__version__,
        }
    )


def file_name(identity):
    """Return the name of a fit's record, seen from the recipe's folder, str."""
    return f"{FOLDER}/{file_stem(identity)}.json"


def file_stem(identity):
    """Return the name of a fit's files without their ending: readable, with a digest of the identity, str."""
    text = json.dumps([SCHEMA["version"], *(identity[name] for name in IDENTITY)], sort_keys=True)
    digest = blake2b(text.encode(), digest_size=5).hexdigest()
    setting = re.sub(r"[^a-z0-9.]+", "-", identity["setting"].lower()).strip("-.")[:LONGEST]
    return f"{setting}-seed{identity['seed']}-{digest}"
