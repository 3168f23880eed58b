"""The `section54` command: each subcommand reads its arguments, calls one function and prints."""

from section54.cli import collecting, desk, keeping, machine, models, monitoring, reading, suppliers  # noqa: F401  # each adds its commands
from section54.cli.options import cli

__all__ = ["cli"]
