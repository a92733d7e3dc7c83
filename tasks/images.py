"""Both images on the host, and written down with their ids."""

from pyinfra.api import deploy

from kestra_provision.archive import read_archive
from kestra_provision.layout import Layout
from kestra_provision.operations import apt
from kestra_provision.operations import images as operations
from kestra_provision.settings import Settings


@deploy("images")
def images(settings: Settings) -> None:
    """From a registry, an archive on the laptop, or an archive the host downloads."""
    record = Layout(settings.root_dir).record
    if settings.image_source == "registry":
        operations.pulled(name="pulled and recorded", images=settings.images, record=record)
    elif settings.archive_is_url:
        apt.installed(name="curl for the download", packages=["curl", "ca-certificates"])
        operations.downloaded(
            name="downloaded, checked, loaded and recorded",
            images=settings.images,
            record=record,
            url=settings.image_archive,
            sha256=settings.image_archive_sha256,
        )
    else:
        archive = read_archive(str(settings.image_archive), settings.image_archive_sha256)
        operations.loaded(
            name="loaded from the archive and recorded",
            images=settings.images,
            record=record,
            archive=archive,
        )
