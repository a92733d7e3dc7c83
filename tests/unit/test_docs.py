"""The pages for people: what they link to, and the files that they name, are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
_LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]+))?\)")
_FILE = re.compile(r"`((?:tests|kestra_provision|templates|tasks|runbooks|bin)/[\w./-]+)`")
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def _anchors(page: Path) -> set[str]:
    """The anchors of its headings, as they are made where Markdown is shown."""
    text = _CODE.sub("", page.read_text())
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in _LINK.findall(_CODE.sub("", page.read_text())):
        there = (page.parent / target) if target else page
        assert there.exists(), f"{target} of {page.name}"
        if anchor:
            assert anchor in _anchors(there), f"{target}#{anchor} of {page.name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_are_there(page: Path) -> None:
    for name in _FILE.findall(page.read_text()):
        # What stands for a name of the reader's own is written in capitals, or not yet there.
        if "NAME" not in name and not page.name.startswith("extending"):
            assert (ROOT / name).exists(), f"{name} of {page.name}"


def test_every_page_is_linked_from_the_first() -> None:
    first = (ROOT / "README.md").read_text()
    linked = {target for target, _ in _LINK.findall(first)}
    reached = {(ROOT / target).resolve() for target in linked if target.startswith("docs/")}
    for page in [*reached]:
        names = [target for target, _ in _LINK.findall(page.read_text()) if target]
        reached |= {(page.parent / target).resolve() for target in names}
    assert {page for page in PAGES if page.parent == ROOT / "docs"} <= reached
