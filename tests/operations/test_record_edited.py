"""The record of images: as it was written it names users, and edited it names none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kestra_provision.facts.images import Images
from kestra_provision.facts.paths import Paths, User
from tests.operations.fact_commands import IMAGES, output, summed


@pytest.mark.parametrize(
    ("edit", "edited"),
    [
        ("s/^KESTRA_UID=.*/KESTRA_UID=1001/", True),
        ("s/^KESTRA_GID=.*/KESTRA_GID=0/", True),
        ("s/sha256:a/sha256:b/", True),
        ("/^KESTRA_UID=/d", True),
        ("/^RECORD_SUM=/d", True),
        ("s/^RECORD_SUM=.*/RECORD_SUM=/", True),
        ("$a KESTRA_UID=1001", True),
        ("1,$d", False),
        ("", False),
    ],
)
def test_an_edited_record_is_told_and_names_no_user(
    tmp_path: Path, edit: str, edited: bool
) -> None:
    """One that is empty is cut off, and as good as none."""
    record = tmp_path / "a b.env"
    summed(record, "# head\nKESTRA_IMAGE_ID=sha256:a\nKESTRA_UID=1234\nKESTRA_GID=5678\n")
    subprocess.run(["sed", "-i", edit, str(record)], check=True)
    folder = {str(tmp_path): "kestra"}
    paths = Paths().process(output(Paths().command([*folder], str(record), folder)))
    images = Images().process(output(Images().command(IMAGES, str(record))))
    assert (paths.edited, images.edited) == (edited, edited)
    assert paths.user("kestra") == (User() if edited or "$d" in edit else User(1234, 5678))


def test_a_record_that_is_missing_is_not_edited(tmp_path: Path) -> None:
    missing = str(tmp_path / "none")
    assert not Paths().process(output(Paths().command([], missing, {}))).edited
    assert not Images().process(output(Images().command(IMAGES, missing))).edited
