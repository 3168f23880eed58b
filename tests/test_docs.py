"""The documents say what is there: commands, links, environment variables."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from section54 import settings
from section54.cli import cli

DOCUMENTS = [
    settings.ROOT / "README.md",
    settings.ROOT / "CHANGELOG.md",
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
