"""Docker's apt source: our file, and the files of others."""

import pytest

from kestra_provision.docker.source import SourcesFile, same_source, source_text, sources_files

URI = "https://download.docker.com/linux/debian"
BY_DOCKER = f"""\
Types: deb
URIs: {URI}
Suites: trixie
Components: stable
Signed-By: /etc/apt/keyrings/docker.asc
"""


def test_our_file_says_what_dockers_instructions_say() -> None:
    ours = source_text(URI, "trixie")
    assert same_source(ours, BY_DOCKER)
    assert SourcesFile("", tuple(ours.splitlines())).ours
    assert not SourcesFile("", tuple(BY_DOCKER.splitlines())).ours


@pytest.mark.parametrize(
    "text",
    ["", BY_DOCKER + "Trusted: yes\n", BY_DOCKER.replace("docker.asc", "other.gpg"), "x: y\n"],
)
def test_another_content_is_another_source(text: str) -> None:
    assert not same_source(source_text(URI, "trixie"), text)


def test_comments_and_blank_lines_say_nothing() -> None:
    assert same_source(BY_DOCKER, f"# mine\n\n{BY_DOCKER}\n # more\n")


@pytest.mark.parametrize(
    ("path", "lines", "uris"),
    [
        ("/a.list", [f"deb {URI} trixie stable"], {URI}),
        ("/a.list", [f"  deb-src [arch=amd64 signed-by=/k] {URI}/ trixie stable  # x"], {URI}),
        ("/a.list", ["# deb http://a x y", "", "deb http://b x"], {"http://b"}),
        ("/a.list", ["nonsense"], set()),
        ("/a.sources", BY_DOCKER.splitlines(), {URI}),
        (
            "/a.sources",
            ["Types: deb", "URIs: http://a", " http://b/", "Suites: x", "", *BY_DOCKER.split("\n")],
            {"http://a", "http://b", URI},
        ),
        ("/a.sources", ["Enabled: no", *BY_DOCKER.splitlines()], set()),
        ("/a.sources", [f"# URIs: {URI}"], set()),
    ],
)
def test_uris_of_a_file(path: str, lines: list[str], uris: set[str]) -> None:
    assert SourcesFile(path, tuple(lines)).uris == uris


def test_files_are_told_apart() -> None:
    rows = ["/etc/a.list:deb http://a:8080 x y", "/etc/a.list:", "/etc/b.sources:URIs: b", ""]
    assert sources_files(rows) == (
        SourcesFile("/etc/a.list", ("deb http://a:8080 x y", "")),
        SourcesFile("/etc/b.sources", ("URIs: b",)),
    )
