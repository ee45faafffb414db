"""What a report says: plain text and numbers, which HTML and Markdown only lay out."""

import re
import shlex
from dataclasses import dataclass, field
from datetime import datetime

from ..experiments.data_sets import LOADERS
from ..experiments.results_table import ResultsTable, results_table
from ..experiments.text import count, described_gpu, long_duration
from .agreement import Agreement, agreement
from .parameters import Parameters, parameters
from .pictures import Picture, pictures

TITLE = "Recipes: reported and reproduced figures"
EXPLANATION = (
    "Reproduced figures are means over the seeds ± their standard deviation. A reported figure agrees if it "
    "lies within two standard deviations of the mean; with one seed it is not judged. The largest difference "
    "is that relative to the figures, among those that do not agree or are not judged. Times are those of "
    "all fits, added up."
)
STATUS = {
    "completed": "completed",
    "failed": "failed",
    "interrupted": "interrupted",
    "running": "running or killed",
}


@dataclass(frozen=True)
class Section:
    """What is said of one recipe.

    Attributes
    ----------
    anchor : str
        Unique in the page.
    name, title, report, shows, status : str
    date : str
        When it was started last.
    fits, time : str
        How many fits there are, and how long they took in all.
    notices : list of str
        What must not be overlooked.
    remarks : list of str
        Warnings of fits.
    results : ResultsTable
    agreement : Agreement
    findings : list of str
    pictures : list of Picture
    parameters : list of Parameters
    networks : dict of str to str
        Which settings -> the summary of their network.
    facts : dict of str to str
        What it was run with, on what, and how long.
    command : str
        That reproduces it.
    """

    anchor: str
    name: str
    title: str
    report: str
    shows: str
    status: str
    date: str
    fits: str
    time: str
    notices: list[str]
    remarks: list[str]
    results: ResultsTable
    agreement: Agreement
    findings: list[str]
    pictures: list[Picture]
    parameters: list[Parameters]
    networks: dict[str, str]
    facts: dict[str, str]
    command: str

    @property
    def is_complete(self):
        """Whether there is nothing left to do."""
        return self.status == STATUS["completed"]


@dataclass(frozen=True)
class View:
    """The whole report.

    Attributes
    ----------
    title : str
    summary : str
        One or two sentences.
    notices : list of str
        What must not be overlooked, of several recipes.
    reports : dict of str to list of Section
        The recipes of every report.
    problems : list of str
        Records that could not be used.
    """

    title: str
    summary: str
    notices: list[str] = field(default_factory=list)
    reports: dict[str, list[Section]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def explanation(self):
        """How the tables are to be read."""
        return EXPLANATION

    @property
    def sections(self):
        """All recipes, list of Section."""
        return [section for sections in self.reports.values() for section in sections]


def make_view(found, problems):
    """Say what the records say.

    Parameters
    ----------
    found : list of Found
    problems : list of str
        Of records that could not be read; those found here to be damaged are added.

    Returns
    -------
    View
    """
    reports, problems = {}, list(problems)
    names = [one.record["experiment"] for one in found]
    for one in found:
        try:
            section = _section(one, names.count(one.record["experiment"]) == 1)
        except (
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
        ) as error:  # as keys and types of JSON show
            path = one.folder / "record.json"
            problems.append(f"The record {str(path)!r} is damaged ({type(error).__name__}: {error}).")
            continue
        reports.setdefault(section.report, []).append(section)
    sections = [section for group in reports.values() for section in group]
    quick = [one.place for one in found if one.record["settings"].get("quick")]
    notices = []
    if quick:
        whose = "All figures" if len(quick) == len(found) else f"The figures of {count(len(quick), 'recipe')}"
        notices.append(f"{whose} are those of a quick look (--quick) at a few images: they mean nothing.")
    return View(TITLE, _summary(sections), notices, reports, problems)


def _summary(sections):
    """Count the recipes."""
    states = [section.status for section in sections]
    parts = [f"{states.count(state)} {state}" for state in STATUS.values() if state in states]
    text = count(len(sections), "recipe") + (f": {', '.join(parts)}." if parts else ".")
    dates = sorted({section.date for section in sections if section.date})
    if dates:
        text += f" Run on {dates[0]}." if len(dates) == 1 else f" Run from {dates[0]} to {dates[-1]}."
    return text


def _section(found, is_unique):
    record = found.record
    about, name = record["recipe"], record["experiment"]
    drawn, missing = pictures(found, about["title"])
    times = [fit["durations"]["all"] for fit in record["fits"]]
    return Section(
        anchor=re.sub(r"[^\w.-]+", "-", name if is_unique else f"{name}-{found.place}"),
        name=name,
        title=about["title"],
        report=about["report"],
        shows=about["shows"],
        status=STATUS.get(record["status"], record["status"]),
        date=_date(record["started"]),
        fits=_fits(record),
        time=long_duration(sum(times)) if times else "-",
        notices=_notices(record) + missing,
        remarks=_remarks(record),
        results=results_table(record),
        agreement=agreement(record),
        findings=record["findings"],
        pictures=drawn,
        parameters=parameters(about["settings"]),
        networks={", ".join(each["settings"]): each["summary"] for each in record["networks"]},
        facts=_facts(record, times),
        command=_command(record),
    )


def _notices(record):
    """Say what makes these figures worth less than they seem."""
    notices = []
    if record["settings"].get("quick"):
        notices.append(
            "A quick look (--quick) at a few images, for few epochs: these figures show that "
            "everything works, and nothing else."
        )
    data = record["data"]
    if data["name"] is not None and data["name"] not in LOADERS:
        notices.append(f"Not the original data, but {data['title']}, from {data['source']}.")
    status = record["status"]
    if status != "completed":
        what = {
            "failed": "This recipe failed",
            "interrupted": "This recipe was interrupted; the same command goes on where it stopped",
            "running": "This recipe is running, or was killed; the same command goes on where it stopped",
        }.get(status, f"The status of this recipe is {status!r}")
        error = record["error"]
        notices.append(f"{what}: {error}" if error else f"{what}.")
    errors = {}
    for fit in record["fits"]:
        if fit["status"] == "failed":
            errors.setdefault(fit["error"], []).append(f"{fit['setting']}, seed {fit['seed']}")
    notices += [f"Failed: {'; '.join(fits)} ({error})" for error, fits in errors.items()]
    return notices


def _fits(record):
    """Count the completed fits."""
    states = [fit["status"] for fit in record["fits"]]
    done = states.count("completed")
    return "-" if not states else str(done) if done == len(states) else f"{done} of {len(states)}"


def _remarks(record):
    """Name every warning once, with the number of fits that gave it."""
    texts = [text for fit in record["fits"] for text in fit["warnings"]]
    return [f"{count(texts.count(text), 'fit')} warned: {text}" for text in dict.fromkeys(texts)]


def _facts(record, times):
    """Say what the figures depend on, and how long they took."""
    data, durations, execution = record["data"], record["durations"], record["execution"]
    facts = {"data": data["title"]}
    if "source" in data:
        sizes = f"{data['n_train']:,} training and {data['n_test']:,} test images"
        facts["data"] += f", {sizes}, from {data['source']}"
    if data["digest"]:
        facts["digest of the data"] = data["digest"]
    facts["seeds"] = _seeds(record)
    if times:
        facts["time"] = f"{long_duration(sum(times))} for {count(len(times), 'fit')}, added up" + "".join(
            f"; {long_duration(durations[part])} {what} in the last run"
            for part, what in (("fits", "for fits"), ("draw", "for pictures"))
            if part in durations
        )
    machine, fits = record["machine"], record["fits"]
    cores = count(machine["cores"], "core")
    facts["machine"] = f"{machine['cpu']}, {cores}, {machine['instruction_set']}, {machine['platform']}"
    if "gpu" in machine:
        facts["GPU"] = described_gpu(machine)
    others = sorted(set(map(_processors, fits)) - {_processors(machine)})
    if others:
        facts["fits also made on"] = ", ".join(others)
    where = {"ref": ", the reference in NumPy", "cuda": ", CUDA"}.get(record["settings"]["device"], "")
    threads = sorted({fit["n_threads"] for fit in fits} or {record["n_threads"]})
    side_by_side = execution["backend"] is not None or execution["jobs"] not in (None, 1)
    facts["run"] = f"{' or '.join(count(n, 'thread') for n in threads)} a fit{where}; last, " + (
        f"fits side by side ({execution['backend'] or 'loky'})" if side_by_side else "fits one by one"
    )
    facts["versions"] = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    facts["started"] = record["started"]
    return facts


def _processors(made_on):
    """Name the processor of a machine, or of where a fit was made, and its GPU if that was used."""
    return " with ".join(made_on[name] for name in ("cpu", "gpu") if name in made_on)


def _seeds(record):
    """Name the first and the last seed."""
    first, n = record["seed"], record["recipe"]["seeds"]
    return f"{first}" if n == 1 else f"{first} to {first + n - 1}"


def _command(record):
    """Return the command that makes these figures again."""
    settings = record["settings"]
    words = ["run", record["experiment"], "--seed", settings["seed"], "--repeats", record["recipe"]["seeds"]]
    if settings["quick"]:
        words.append("--quick")
    if settings["compare"]:
        words += ["--compare", "sklearn"]
    if settings["device"] != "cpu":
        words += ["--device", settings["device"]]
    if record["execution"]["data_folder"] is not None:
        words += ["--data", record["execution"]["data_folder"]]
    return "python cli.py " + shlex.join(map(str, words))


def _date(time):
    """Return the day of an ISO time."""
    return f"{datetime.fromisoformat(time):%Y-%m-%d}"
