"""What ships with the package: its own files, and the skeleton of a repository of one's own."""

from kestra_provision.project.files import SKELETON, path, run

__all__ = ["SKELETON", "path", "run"]
