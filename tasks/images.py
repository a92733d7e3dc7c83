"""Both images on the host, and written down with their ids."""

from pyinfra import host
from pyinfra.api import deploy

from kestra_provision.docker.archive import archive_of
from kestra_provision.docker.proxy import curl_options
from kestra_provision.operations import apt
from kestra_provision.operations import images as operations
from kestra_provision.profiles import stack_of
from kestra_provision.run.session import login_of
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout


@deploy("images")
def images(settings: Settings, again: bool = False) -> None:
    """From a registry, an archive on the laptop, or an archive the host downloads.

    + again: even if they are there: a tag may name a newer image by now
    """
    record, stack = Layout(settings.root_dir).record, stack_of(settings)
    if settings.image_source == "registry":
        operations.pulled(
            name="pulled and recorded",
            images=stack.images,
            asked=stack.writers,
            record=record,
            login=login_of(host),
            again=again,
        )
    elif archive := archive_of(settings):
        operations.loaded(
            name="loaded from the archive and recorded",
            images=stack.images,
            asked=stack.writers,
            record=record,
            archive=archive,
            again=again,
        )
    else:
        apt.installed(name="curl for the download", packages=["curl", "ca-certificates"])
        operations.downloaded(
            name="downloaded, checked, loaded and recorded",
            images=stack.images,
            asked=stack.writers,
            record=record,
            url=str(settings.image_archive),
            sha256=str(settings.image_archive_sha256),
            options=curl_options(settings),
            again=again,
        )
