"""What the stages write is looked at together."""

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.paths import managed_paths
from kestra_provision.render.host.scripts import render_scripts
from kestra_provision.render.host.watch import render_watch
from kestra_provision.stack.layout import Layout


def test_everything_rendered_is_in_the_list() -> None:
    settings = Tools(root_dir="/srv/kestra")
    stack = stack_of(settings)
    files = render_scripts(settings, stack, stack.sizes(8000), "sum")
    files += [*render_watch(settings, systemd=True), *render_watch(settings, systemd=False)]
    layout = Layout(settings.root_dir)
    written = {file.path for file in files} | {d.path for d in stack.directories}
    listed = managed_paths(settings, stack)
    assert written | {
        layout.compose,
        layout.application,
        layout.flow_secrets,
        layout.port_map,
        layout.record,
    } == set(listed)
    assert len(listed) == len(set(listed))
