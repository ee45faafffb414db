"""The pages: complete, escaped, and in need of nothing else."""

import base64
import re
from html.parser import HTMLParser

import pytest

from fastmlp.experiments.recipe import Setting
from fastmlp.experiments.sweep import SweepSettings
from fastmlp.report import pages, write_report

from .. import gpu
from .toy import RECIPE, edit, load, make_run

VOID = {"meta", "img", "br", "link", "input"}


class Page(HTMLParser):
    """Collects tags and text; fails on what is not nested."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.words, self.heads = [], [], [], []
        self.feed(text)
        assert self.open == []
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def all(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


def report(folder):
    view, files = write_report(folder)
    html, markdown = (path.read_text(encoding="utf-8") for path in files)
    return view, Page(html), html, markdown


def test_pages_say_what_the_record_says(toy_run):
    view, page, _, markdown = report(toy_run.parent)
    record = load(toy_run)
    assert (view.problems, len(view.sections)) == ([], 1)
    cells = [row["figures"]["test_accuracy"] for row in record["table"]]
    for cell in cells:
        shown = f"{100 * cell['mean']:.2f} ± {100 * cell['sd']:.2f}"
        assert shown in page.text
        assert shown in markdown
    assert cells[0]["differs"] is True
    assert f"{100 * cells[0]['mean']:.2f} ± {100 * cells[0]['sd']:.2f} *" in page.text
    for text in (page.text, markdown.replace("\\", "")):
        assert "99.93" in text
        assert "Toy <rates>" in text
        assert record["findings"][0] in text
        assert "python cli.py run toy --seed 0 --repeats 2 --device ref" in text
        assert record["data"]["digest"] in text
        assert f"numpy {record['versions']['numpy']}" in text
        assert record["machine"]["cpu"] in text
        assert "hidden_layer_sizes=[5]" in text
        assert "more than two standard deviations" in text
        assert "0 to 1" in text
        assert "NOTICE" not in text
        assert "0 of 1 agree" in text
    assert [attrs["href"] for attrs in page.all("a")] == ["#toy", "#toy"]
    assert page.all("article")[0]["id"] == "toy"


def test_everything_is_escaped(toy_run):
    edit(toy_run / "record.json", lambda record: record["findings"].append("<script>x</script> `a|b` [c](d)"))
    _, page, html, markdown = report(toy_run.parent)
    assert page.all("script") == []
    assert "&lt;rates&gt;" in html
    assert "<rates>" not in html
    assert "<script>x</script> `a|b` [c](d)" in page.text
    assert r"\<script\>x\</script\> \`a\|b\` \[c\](d)" in markdown
    assert not re.search(r"(?<!\\)<", markdown)


def test_the_page_needs_nothing_else(toy_run, tmp_path):
    report(toy_run.parent)
    alone = tmp_path / "alone"
    alone.mkdir()
    text = (toy_run.parent / "report.html").rename(alone / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert "http" not in re.sub(r"http-equiv", "", text)
    assert "url(" not in text
    assert page.all("link") == []
    [image] = page.all("img")
    data = base64.b64decode(image["src"].removeprefix("data:image/png;base64,"), validate=True)
    assert data == (toy_run / "best-rate.png").read_bytes()
    assert image["alt"] == "Toy <rates>: best rate"
    assert (int(image["width"]), int(image["height"])) == (50, 25)  # half the figure's 150 dots, per 1.5


def test_markdown_links_pictures_relatively(toy_run):
    _, _, _, markdown = report(toy_run.parent)
    [link] = re.findall(r"!\[.*\]\((.*)\)", markdown)
    assert (toy_run.parent / link).read_bytes() == (toy_run / "best-rate.png").read_bytes()
    _, _, _, markdown = report(toy_run)
    assert "](best-rate.png)" in markdown


def test_markdown_tables_have_one_width(toy_run):
    *_, markdown = report(toy_run.parent)
    tables = re.findall(r"(?:^\|.*\n)+", markdown, flags=re.M)
    assert len(tables) == 2
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_the_same_records_make_the_same_page(toy_run):
    first, second = (report(toy_run.parent)[2:] for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a*b_c", r"a\*b\_c"),
        ("1. first", r"1\. first"),
        ("2024 was", "2024 was"),
        ("- dash\nnext", r"\- dash next"),
        ("C:\\x & y", "C:\\\\x \\& y"),
    ],
)
def test_markdown_text(text, expected):
    assert pages.as_text(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("a_b", "`a_b`"), ("a`b", "`` a`b ``"), ("a|b", r"`a\|b`"), ("a\nb", "`a b`")]
)
def test_markdown_code(text, expected):
    assert pages.as_code(text) == expected


def test_a_quick_look_at_other_data_is_said_loudly(tmp_path):
    make_run(tmp_path / "toy", choice=SweepSettings(quick=True, repeats=2, device="ref"))
    edit(tmp_path / "toy" / "record.json", lambda record: record["data"].update(name="mnist-format"))
    view, page, _, markdown = report(tmp_path)
    assert view.notices == [
        "All figures are those of a quick look (--quick) at a few images: they mean nothing."
    ]
    assert len([attrs for attrs in page.all("p") if attrs.get("class") == "notice"]) == 3
    assert markdown.count("> **NOTICE:**") == 3
    for text in (page.text, markdown.replace("\\", "")):
        assert "these figures show that everything works, and nothing else." in text
        assert "Not the original data, but Toy, from nowhere." in text
        assert "--repeats 2 --quick --device ref" in text


def test_gpus_are_named(tmp_path, monkeypatch):
    gpu.pretend(monkeypatch)
    make_run(tmp_path / "toy", choice=SweepSettings(device="cuda"), fit=gpu.untrained)
    view = report(tmp_path)[0]
    facts = view.sections[0].facts
    assert facts["GPU"] == gpu.TEXT
    assert facts["run"] == "1 thread a fit, CUDA; last, fits one by one"
    assert "fits also made on" not in facts
    edit(tmp_path / "toy" / "record.json", lambda record: record["fits"][1].update(gpu="NVIDIA A100"))
    view, page, _, markdown = report(tmp_path)
    other = f"{load(tmp_path / 'toy')['machine']['cpu']} with NVIDIA A100"
    assert view.sections[0].facts["fits also made on"] == other
    for text in (page.text, markdown.replace("\\", "")):
        assert gpu.TEXT in text
        assert other in text


def test_groups_lone_seeds_and_failed_fits(tmp_path):
    good = RECIPE.settings[0]
    once = Setting("0.1", good.parameters, {"test_accuracy": 0.5}, "once", most_seeds=1)
    bad = Setting("bad", good.parameters | {"activation": "nonsense"}, group="once")
    make_run(tmp_path / "toy", settings=(*RECIPE.settings, once, bad))
    view, page, _, markdown = report(tmp_path)
    [section] = view.sections
    assert (section.status, section.fits) == ("failed", "5 of 7")
    assert section.parameters[1].own.keys() == {"0.1", "bad"}
    assert "activation" not in section.parameters[1].shared
    for text in (page.text, markdown.replace("\\", "")):
        assert "This recipe failed: 2 of 7 fits failed" in text
        assert "Failed: once: bad, seed 0; once: bad, seed 1 (" in text
        assert "(1 of 2 seeds)" in text
    assert "| **once** | | | | |" in markdown
    assert 'class="trouble"' in (tmp_path / "report.html").read_text(encoding="utf-8")
