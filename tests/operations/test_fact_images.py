"""Images: which are on the host, where they came from, and which have yet to come."""

import pytest

from kestra_provision.facts.images import Images, ImagesSeen, Source

CONTENT = f'2026-11-21T02:40:31.598935674Z ["sha256:{"1" * 64}"]'
#: One archive, loaded by Docker 26 into either store: the id is the configuration's sum in the
#: first and the manifest's in the second.
OF_DOCKER = f"sha256:{'9' * 64} {CONTENT}"
OF_CONTAINERD = f"sha256:{'6' * 64} {CONTENT}"


def test_images() -> None:
    seen = Images().process(
        [
            "@@ids",
            f"postgres:17 {OF_DOCKER}",
            "@@record",
            "# Managed by kestra-provision",
            "POSTGRES_IMAGE=postgres:17",
            "POSTGRES_IMAGE_DIGEST=postgres@sha256:ddd ",
            "@@room",
            "39000000 33000000 /var/lib/docker",
        ]
    )
    assert seen.ids == {"postgres:17": f"sha256:{'9' * 64}"}
    assert seen.contents == {"postgres:17": CONTENT}
    assert seen.record == {
        "POSTGRES_IMAGE": "postgres:17",
        "POSTGRES_IMAGE_DIGEST": "postgres@sha256:ddd",
    }
    assert seen.room.folder == "/var/lib/docker"
    assert round(seen.room.free_gb, 2) == 33.79


@pytest.mark.parametrize("store", [OF_DOCKER, OF_CONTAINERD], ids=["Docker's", "containerd's"])
@pytest.mark.parametrize("recorded", [True, False])
def test_an_archive_is_recognised_in_either_store(store: str, recorded: bool) -> None:
    """On the second run by the record, after a kill by what the image is made of."""
    record = {
        "POSTGRES_IMAGE": "postgres:17",
        "POSTGRES_IMAGE_ID": store.partition(" ")[0],
        "POSTGRES_IMAGE_SOURCE": "9" * 64,
    }
    lines = ["@@ids", f"postgres:17 {store}", "@@record"]
    lines += [f"{key}={value}" for key, value in record.items()] if recorded else []
    seen = Images().process(lines)
    wanted = {"postgres": "postgres:17"}
    assert seen.missing(wanted, {"postgres": Source("9" * 64, CONTENT)}) == []
    for other in (
        CONTENT.replace("31.59", "32.59"),
        CONTENT.replace('["', f'["sha256:{"5" * 64}","'),
    ):
        another = {"postgres": Source("8" * 64, other)}
        assert seen.missing(wanted, another) == ["postgres:17"]


IMAGES = {"kestra": "k:1", "postgres": "p:1"}
IDS = {"k:1": "sha256:a", "p:1": "sha256:b"}
RECORD = {
    "KESTRA_IMAGE": "k:1",
    "KESTRA_IMAGE_ID": "sha256:a",
    "KESTRA_IMAGE_SOURCE": "",
    "POSTGRES_IMAGE": "p:1",
    "POSTGRES_IMAGE_ID": "sha256:b",
    "POSTGRES_IMAGE_SOURCE": "",
    "KESTRA_UID": "1000",
}
SOURCES = {"kestra": Source("s1", "content 1"), "postgres": Source("s2", "content 2")}


@pytest.mark.parametrize(
    ("ids", "record", "sources", "missing", "recorded"),
    [
        (IDS, RECORD, {}, [], True),
        ({}, {}, {}, ["k:1", "p:1"], False),
        ({"p:1": "sha256:b"}, RECORD, {}, ["k:1"], False),
        (IDS, {}, {}, [], False),
        (IDS, {**RECORD, "KESTRA_UID": ""}, {}, [], False),
        (IDS, {**RECORD, "KESTRA_IMAGE": "k:0", "KESTRA_IMAGE_ID": "sha256:z"}, {}, [], False),
        ({**IDS, "k:1": "sha256:moved"}, RECORD, {}, ["k:1"], False),
        (IDS, RECORD, SOURCES, ["k:1", "p:1"], False),
        (IDS, {**RECORD, "KESTRA_IMAGE_SOURCE": "s1"}, SOURCES, ["p:1"], False),
        (IDS, {}, SOURCES, ["k:1", "p:1"], False),
        (
            IDS,
            {**RECORD, "KESTRA_IMAGE": "k:0", "KESTRA_IMAGE_SOURCE": "s1"},
            SOURCES,
            ["k:1", "p:1"],
            False,
        ),
        (
            IDS,
            {**RECORD, "KESTRA_IMAGE_SOURCE": "s1", "POSTGRES_IMAGE_SOURCE": "s2"},
            SOURCES,
            [],
            True,
        ),
    ],
    ids=[
        "all there",
        "fresh host",
        "one missing",
        "never recorded",
        "record cut off",
        "record of an older tag",
        "tag moved on the host",
        "was pulled, is now from an archive",
        "other archive for one",
        "same tag from elsewhere, never recorded",
        "same tag from elsewhere, record of an older one",
        "from this archive",
    ],
)
def test_images_missing_and_recorded(
    ids: dict[str, str],
    record: dict[str, str],
    sources: dict[str, Source],
    missing: list[str],
    recorded: bool,
) -> None:
    seen = ImagesSeen(ids, record)
    assert seen.missing(IMAGES, sources) == missing
    assert seen.recorded(IMAGES, sources, ["kestra"]) is recorded


@pytest.mark.parametrize(
    ("line", "sources", "missing"),
    [
        ("KESTRA_UID", {}, []),
        ("KESTRA_IMAGE_ID", {}, []),
        ("KESTRA_IMAGE", {}, []),
        ("KESTRA_UID", SOURCES, []),
        ("KESTRA_IMAGE_ID", SOURCES, []),
        ("KESTRA_IMAGE_SOURCE", SOURCES, []),
        ("KESTRA_UID", {"kestra": Source("s1"), "postgres": Source("s2")}, []),
        ("KESTRA_IMAGE_ID", {"kestra": Source("s1"), "postgres": Source("s2")}, []),
        ("KESTRA_IMAGE_SOURCE", {"kestra": Source("s1"), "postgres": Source("s2")}, ["k:1"]),
    ],
)
def test_an_edited_record_is_no_reason_to_fetch_what_is_there(
    line: str, sources: dict[str, Source], missing: list[str]
) -> None:
    """An archive is known by what is in it; of a download only the record tells which it was."""
    record = {**RECORD, **{f"{s.upper()}_IMAGE_SOURCE": each.sum for s, each in sources.items()}}
    contents = {IMAGES[service]: each.content for service, each in SOURCES.items()}
    edited = ImagesSeen(IDS, {**record, line: "1001"}, contents=contents, edited=True)
    assert edited.missing(IMAGES, sources) == missing
    assert not edited.recorded(IMAGES, sources, ["kestra"])
    assert ImagesSeen(IDS, record, contents=contents).recorded(IMAGES, sources, ["kestra"])
    other = {"k:1": "content 3", "p:1": "content 2"}
    another = ImagesSeen(IDS, {**record, line: "1001"}, contents=other, edited=True)
    if sources == SOURCES:
        assert another.missing(IMAGES, sources) == ["k:1"]
