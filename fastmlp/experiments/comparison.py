"""What differs between the records of two runs, and whether their figures are the same."""

import json
from dataclasses import dataclass
from pathlib import Path

from . import sweep
from .fit_store import REMEDY
from .fitted import SCHEMA as FIT
from .record import FILE
from .record import SCHEMA as RUN
from .record_files import RecordError, damaged, find_records, read_record, read_run, schema_of

FIGURES, EXPECTED = "figures", "times, places, threads"
#: Groups of differences, in the order in which they are shown.
GROUPS = (FIGURES, "settings", "data", "versions", "machine", "texts and files", EXPECTED)
RECIPE = sweep.SCHEMA
ABSENT = type("Absent", (), {"__repr__": lambda self: "absent"})()

#: Keys that say in which group they and all below them are; the first of a path that is known decides, unless
#: a later one is expected to differ.
KINDS = {
    "settings": "settings",
    "seed": "settings",
    "recipe": "settings",
    "reported": "settings",
    "standardized": "settings",
    "mirrored": "settings",
    "watched": "settings",
    "data": "data",
    "weights_digest": "data",
    "versions": "versions",
    "machine": "machine",
    "findings": "texts and files",
    "warnings": "texts and files",
    "files": "texts and files",
    "load": "texts and files",
}
#: What differs between any two runs: times, places, and how the work was shared out.
ALWAYS = {
    "started",
    "finished",
    "durations",
    "seconds",
    "images_per_second",
    "predict_seconds",
    "train_seconds",
    "train_processor_seconds",
    "epoch_seconds",
    "speedup",
    "epoch_speedup",
    "source",
    "folder",
    "from_cache",
    "execution",
    "n_threads",
    "threads",
    "repeats",
    "default_threads",
}


class Label(str):
    """A part of a path that is no key, but names an entry of a list."""

    __slots__ = ()


@dataclass(frozen=True)
class Run:
    """One run as it lies on the disk.

    Attributes
    ----------
    path : Path
        Of its record.
    record : dict
    """

    path: Path
    record: dict

    @property
    def name(self):
        """Of the experiment, str."""
        return self.record["experiment"]


@dataclass(frozen=True)
class Difference:
    """One thing that differs.

    Attributes
    ----------
    group : str
        One of `GROUPS`.
    name : str
        The keys that lead to it, joined by slashes.
    a, b : object
        As JSON has them; ABSENT where there is none.
    """

    group: str
    name: str
    a: object
    b: object

    @property
    def change(self):
        """Say by how much b is more than a, str; empty where that cannot be said."""
        if _is_number(self.a) and _is_number(self.b):
            change = self.b - self.a
            return f"{change:+,}" if isinstance(change, int) else f"{change:+.3g}"
        if not (isinstance(self.a, list) and isinstance(self.b, list)):
            return ""
        pairs = _pairs(self.a, self.b)
        if pairs is None:
            return "other shape"
        differing = [(a, b) for a, b in pairs if not _same(a, b)]
        text = f"{len(differing)} of {len(pairs)}"
        sizes = [abs(b - a) for a, b in differing if _is_number(a) and _is_number(b)]
        return f"{text}, max {max(sizes):.2g}" if sizes else text


@dataclass(frozen=True)
class Comparison:
    """Two runs of one experiment.

    Attributes
    ----------
    a, b : Run
    differences : list of Difference
    n_values : int
        Numbers and texts that count as figures, in either run.
    """

    a: Run
    b: Run
    differences: list[Difference]
    n_values: int

    @property
    def same(self):
        """Whether all figures are equal, to the last bit."""
        return not self.of(FIGURES)

    def of(self, group):
        """Return the differences of a group, list of Difference."""
        return [difference for difference in self.differences if difference.group == group]


def read_runs(path):
    """Read a run, or several recipes.

    Parameters
    ----------
    path : str or Path
        The folder of a run, its record, or a folder with the runs of several recipes.

    Returns
    -------
    runs : dict of str to Run
        By the name of the experiment.
    several : bool
        Whether `path` is a folder of several.
    problems : list of str
        Which of several records cannot be used, and why.

    Raises
    ------
    ValueError, OSError
        If there is no record, or the only one is damaged, of an unknown schema or of another version.
    """
    path = Path(path)
    one = path if path.is_file() else path / FILE
    if one.is_file():
        run = _read(one)
        return {run.name: run}, False, []
    runs, problems = {}, []
    for place in find_records(path):
        try:
            if schema_of(read_record(place))["name"] != RECIPE["name"]:
                continue
            run = _read(place)
        except RecordError as error:
            problems.append(str(error))
            continue
        if run.name in runs:
            raise ValueError(
                f"{str(path)!r} holds two runs of {run.name!r}: {str(runs[run.name].path.parent)!r} and "
                f"{str(place.parent)!r}. Name one of them."
            )
        runs[run.name] = run
    if not runs:
        nothing = f"{str(path)!r} holds neither a {FILE} nor folders of recipes with one."
        raise RecordError(" ".join(problems)) if problems else FileNotFoundError(nothing)
    return runs, True, problems


def _read(path):
    """Read a record whose schema says what it is."""
    known = {schema["name"]: schema for schema in (RUN, RECIPE)}
    name = schema_of(read_record(path))["name"]
    if name not in known:
        raise RecordError(f"The record {str(path)!r} is a {name}; what can be compared: {', '.join(known)}.")
    return Run(path, read_run(path, known[name]))


def compare(a, b):
    """Compare two runs of one experiment.

    Parameters
    ----------
    a, b : Run

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If they are not of one experiment, if neither has figures, or if the record of a fit is damaged.
    OSError
        If the record of a fit is missing.
    """
    kinds = [(run.record["schema"]["name"], run.name) for run in (a, b)]
    if kinds[0] != kinds[1]:
        texts = (
            f"{str(run.path)!r} is a {kind} of {name!r}"
            for run, (kind, name) in zip((a, b), kinds, strict=True)
        )
        raise ValueError(f"Only runs of one experiment can be compared: {', '.join(texts)}.")
    contents = [_content(run) for run in (a, b)]
    _shorten_lone_fits(*contents)
    leaves = [dict(_leaves(content)) for content in contents]
    differences, n_values = [], 0
    for path in dict.fromkeys([*leaves[0], *leaves[1]]):
        pair = [side.get(path, ABSENT) for side in leaves]
        group = _group(path, pair)
        if group == FIGURES and path[-1] not in ("status", "error"):
            n_values += max(map(_size, pair))
        if not _same(*pair):
            differences.append(Difference(group, " / ".join(path), *pair))
    if n_values == 0:
        raise ValueError(f"Neither {str(a.path)!r} nor {str(b.path)!r} has any figures.")
    return Comparison(a, b, sorted(differences, key=_rank), n_values)


def _content(run):
    """Return the record as it is compared: with all results of a recipe's fits, without its own schema."""
    record = {key: value for key, value in run.record.items() if key not in ("schema", "experiment")}
    if run.record["schema"]["name"] != RECIPE["name"]:
        return record
    fits, parts = {}, {part: [record[part]] for part in ("versions", "machine")}
    for mention in record.get("fits", ()):
        fit = _fit(run.path, mention)
        label = Label(f"{mention['setting']}, seed {mention['seed']}")
        fits[label] = {key: fit.get(key) for key in ("status", "error", "warnings", "results", "durations")}
        for part, seen in parts.items():
            seen.append(fit[part])
    return record | {"fits": fits} | {part: _union(seen) for part, seen in parts.items()}


def _shorten_lone_fits(a, b):
    """Leave nothing but its status of a fit that only one run has, which makes it one difference."""
    if not (isinstance(a.get("fits"), dict) and isinstance(b.get("fits"), dict)):
        return
    for one, other in ((a["fits"], b["fits"]), (b["fits"], a["fits"])):
        for label in one.keys() - other.keys():
            one[label] = one[label]["status"]


def _fit(path, mention):
    """Read the record of a fit that a recipe's record names."""
    try:
        place = path.parent / mention["file"]
        fit = read_record(place, FIT, REMEDY)
        known = all(isinstance(fit[part], dict) for part in ("versions", "machine"))
        if not known or (fit["setting"], fit["seed"]) != (mention["setting"], mention["seed"]):
            raise damaged(place, f"{str(path)!r} expects another one", REMEDY)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"The record {str(path)!r} names the fit {mention['file']!r}, which is missing. Run the recipe "
            "again."
        ) from None
    except (LookupError, TypeError) as error:
        raise damaged(path, f"its fits lack {error}") from error
    return fit


def _union(dicts):
    """Merge what the recipe's process and its fits ran with; they may stem from several runs or machines."""
    names = dict.fromkeys(name for one in dicts for name in one)
    values = {name: list(dict.fromkeys(str(one[name]) for one in dicts if name in one)) for name in names}
    return {name: ", ".join(sorted(several)) for name, several in values.items()}


def _leaves(value, path=()):
    """Yield path and value of everything that is compared as a whole: texts, numbers, lists of them."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield from _entries(value, path)
    else:
        yield path, value


def _entries(entries, path):
    """Yield the leaves of a list of dicts: by name if each has its own, else column by column."""
    for key in ("setting", "name"):
        names = [entry.get(key) for entry in entries]
        if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            for name, entry in zip(names, entries, strict=True):
                yield from _leaves({k: v for k, v in entry.items() if k != key}, (*path, Label(name)))
            return
    if all(entry.keys() == entries[0].keys() for entry in entries):
        for key in entries[0]:
            yield (*path, key), [entry[key] for entry in entries]
    else:
        yield path, entries


def _group(path, pair):
    """Say where a difference belongs."""
    keys = [key for key in path if not isinstance(key, Label)]
    if keys[:2] == ["fits", "results"]:
        return FIGURES  # whatever it is called: what varies is not among the results of a fit
    if not ALWAYS.isdisjoint(keys):
        return EXPECTED
    if keys[0] == "comparison" and ABSENT in pair:
        return "settings"  # one of the runs was not asked to compare
    return next((KINDS[key] for key in keys if key in KINDS), FIGURES)


def _rank(difference):
    """Order by group; in the figures, what one looks at first."""
    name = difference.name
    first = name.startswith("results /") or (name.startswith("table /") and name.endswith("/ mean"))
    return GROUPS.index(difference.group), 0 if first else 2 if name.startswith("table /") else 1


def _same(a, b):
    """Whether two values are the same, bit for bit: 0 and -0, 1 and 1.0 are not."""
    if a is ABSENT or b is ABSENT:
        return a is b
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _size(value):
    """Count the values that a list holds."""
    if value is ABSENT:
        return 0
    return sum(map(_size, value)) if isinstance(value, list) else 1


def _pairs(a, b):
    """Return the pairs of values of two lists of one shape; None if the shapes differ."""
    if isinstance(a, list) != isinstance(b, list):
        return None
    if not isinstance(a, list):
        return [(a, b)]
    if len(a) != len(b):
        return None
    inner = [_pairs(x, y) for x, y in zip(a, b, strict=True)]
    return None if None in inner else [pair for pairs in inner for pair in pairs]
