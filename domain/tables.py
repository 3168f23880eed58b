"""The reader of the data files beside these modules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

# The C loader is ten times faster, and is there with libyaml.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_table(name: str) -> Any:
    """Return what the YAML file of this name in this folder holds."""
    path = Path(__file__).with_name(f"{name}.yaml")
    return yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - one of the two safe loaders
