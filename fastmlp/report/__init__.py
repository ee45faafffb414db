"""Pages made from the records of recipes: one view of all records, written as HTML and as Markdown."""

from .pages import write_report

__all__ = ["write_report"]
