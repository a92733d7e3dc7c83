"""A drift report in the browser, looked at by a browser."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kestra_provision.drift.html import render_html
from kestra_provision.drift.report import Finding, HostReport, Report
from tests.unit import chromium
from tests.unit.drift_reports import REPORT

_HOSTILE = "<script>document.title='run'</script><img src=\"http://tracker.example/\"> ' & \x1b\x00"
_ENDLESS = "/opt/" + "x" * 300
#: A browser's window is never narrower than 500 pixels, a frame in it can be.
_PHONE = """<body style="margin:0"><iframe src="{name}" width="390" height="700"></iframe><script>
onmessage = e => document.body.append("measured " + e.data)</script>"""
#: Of each element, because what a section cuts off makes the page no wider.
_MEASURE = """<script>const right = e => e.getBoundingClientRect().right
parent.postMessage(Math.max(document.documentElement.scrollWidth,
  ...[...document.querySelectorAll("body *:not(thead, thead *)")].map(right)), "*")
</script></body>"""


class Page(HTMLParser):
    """The words of a page, and its elements with their attributes."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words = ""
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def everywhere(text: str) -> Report:
    """A report that says this in each field."""
    drift = Finding("drift", text, text, text, text, text)
    notice = Finding("notice", text, text, text, text, text)
    hosts = (HostReport(text, (drift, notice)), HostReport(text, reason=text))
    return Report(hosts, text)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "report.html"
    file.write_text(render_html(REPORT), encoding="utf-8")
    return file


def test_browser_shows_every_finding(page: Path) -> None:
    shown = Page(chromium.dom(page)).words
    for host in REPORT.hosts:
        assert host.name in shown and host.reason in shown
        for finding in host.findings:
            for field in (finding.what, finding.declared, finding.actual):
                assert field in shown
            assert (finding.stage if finding.by_deploy else finding.repair) in shown


def test_light_and_dark(page: Path, tmp_path: Path) -> None:
    corner = {}
    for scheme in ("light", "dark"):
        picture = tmp_path / f"{scheme}.png"
        chromium.screenshot(page, picture, scheme, 1280, 800)
        corner[scheme] = chromium.pixel(picture, 3, 3)
    assert min(corner["light"]) > 230
    assert max(corner["dark"]) < 40


@pytest.mark.parametrize("report", [REPORT, everywhere(_ENDLESS)], ids=["usual", "endless words"])
def test_nothing_is_wider_than_a_phone(report: Report, tmp_path: Path) -> None:
    # The page's own policy lets no script run, the one that measures included.
    source = re.sub(r"<meta http-equiv.*>", "", render_html(report)).replace("</body>", _MEASURE)
    (tmp_path / "measured.html").write_text(source, encoding="utf-8")
    frame = tmp_path / "frame.html"
    frame.write_text(_PHONE.format(name="measured.html"))
    assert re.findall(r"measured (\d+)", chromium.dom(frame)) == ["390"]


def test_words_of_a_host_are_words_only(tmp_path: Path) -> None:
    source = render_html(everywhere(_HOSTILE))
    page = Page(source)
    assert not page.of("script") and not page.of("img")
    assert "\x1b" not in source and "\x00" not in source
    file = tmp_path / "hostile.html"
    # The policy would hide what the escaping alone must prevent.
    file.write_text(re.sub(r"<meta http-equiv.*>", "", source), encoding="utf-8")
    assert "<title>run" not in chromium.dom(file)
    assert not asked(file, tmp_path)


def test_the_log_of_requests_would_tell(tmp_path: Path) -> None:
    file = tmp_path / "bad.html"
    file.write_text(_HOSTILE)
    assert asked(file, tmp_path)


def asked(file: Path, tmp_path: Path) -> set[str]:
    """What a page asked of a server; the browser has some questions of its own."""
    urls = chromium.requests(file, tmp_path / "net.json")
    return {url for url in urls if "tracker.example" in url}


def test_it_is_one_file() -> None:
    source = render_html(REPORT)
    page = Page(source)
    assert {tag for tag, _ in page.elements} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
    } == set()
    assert all((a["href"] or "").startswith("#host-") for a in page.of("a"))
    assert not re.search(r"url\(|@import|\bsrc=|\bon[a-z]+=", source)
    (policy,) = [m["content"] for m in page.of("meta") if "http-equiv" in m]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_structure_for_screen_readers() -> None:
    page = Page(render_html(REPORT))
    assert page.of("html") == [{"lang": "en"}]
    assert all(heading["scope"] in ("col", "row") for heading in page.of("th"))
    assert len(page.of("caption")) == len(page.of("table")) == 2
    assert all(drawing["aria-hidden"] == "true" for drawing in page.of("svg"))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {f"#{name}" for name in ids} >= {a["href"] for a in page.of("a")}
    assert [s["aria-labelledby"] in ids for s in page.of("section")] == [True] * len(REPORT.hosts)


def test_clean_hosts_have_no_table() -> None:
    page = Page(render_html(Report((HostReport("vps1"),), REPORT.checked_at)))
    assert not page.of("table")
    assert "Nothing drifted on 1 host." in page.words


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tone", ["text", "muted", "drift", "unknown", "clean", "notice"])
def test_contrast_is_enough_to_read(scheme: str, tone: str) -> None:
    """4.5 to 1, as WCAG 2 asks of small text."""
    light, dark = re.findall(r":root \{(.*?)\}", render_html(REPORT), re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", dark if scheme == "dark" else light))
    grounds = {"page", "surface", "head"} if tone in ("text", "muted") else {"surface"}
    for ground in grounds | {f"{tone}-soft"} & set(colours):
        assert contrast(colours[tone], colours[ground]) >= 4.5, ground


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
