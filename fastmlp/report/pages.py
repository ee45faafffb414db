"""The report as files."""

import re
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..files import writable_folder, write_text
from .collect import collect
from .view import make_view

HTML, MARKDOWN = "report.html", "report.md"
SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$#])")
STARTS = re.compile(r"^([-+](?=\s)|\d+(?=[.)]\s))")  # what would begin a list


def write_report(folder):
    """Write the pages of all recipes below a folder to that folder.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    view : View
        Whose `problems` tell of records that could not be used.
    files : list of Path

    Raises
    ------
    ValueError
        If no recipe was run there.
    OSError
        If there is no such folder, or it cannot be written to.
    """
    folder = Path(folder)
    view = make_view(*collect(folder))
    writable_folder(folder)
    files = []
    for name, render in ((HTML, html), (MARKDOWN, markdown)):
        write_text(folder / name, render(view))
        files.append(folder / name)
    return view, files


def html(view):
    """Return the report as one page that needs nothing else, str."""
    return _environment(autoescape=True).get_template("report.html").render(view=view)


def markdown(view):
    """Return the report as Markdown with links to the pictures, str."""
    environment = _environment(autoescape=False)
    environment.filters |= {"text": as_text, "code": as_code, "path": quote}
    return environment.get_template("report.md").render(view=view)


def as_text(text):
    """Escape what Markdown would take for its own, and put all on one line."""
    line = " ".join(str(text).split())
    return STARTS.sub(_escaped_start, SPECIAL.sub(r"\\\1", line))


def as_code(text):
    """Return text as a code span, also fit for a table's cell."""
    line = " ".join(str(text).split())
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    pad = " " if "`" in line else ""
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", r"\|")


def _escaped_start(match):
    start = match[1]
    return f"{start}\\" if start[0].isdigit() else f"\\{start}"


def _environment(autoescape):
    environment = Environment(
        loader=PackageLoader("fastmlp.report"),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["style"] = Markup(environment.loader.get_source(environment, "style.css")[0])
    return environment
