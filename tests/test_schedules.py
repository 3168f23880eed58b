"""The schedules that are shipped in deploy/: valid in their format, and the commands in them exist."""

import re
import subprocess

import pytest
import yaml
from click.testing import CliRunner

from section54.cli import cli
from section54.settings import ROOT

DEPLOY = ROOT / "deploy"


def unit(name: str) -> dict[str, str]:
    lines = (DEPLOY / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def test_systemd_takes_the_units_as_they_are(tmp_path, systemd_analyze):
    service = (DEPLOY / "section54-monitor.service").read_text()
    here = service.replace("/opt/section54/.venv/bin/section54", "/bin/true").replace(
        "User=section54", "User=daemon"
    )
    (tmp_path / "section54-monitor.service").write_text(here)
    (tmp_path / "section54-monitor.timer").write_text((DEPLOY / "section54-monitor.timer").read_text())

    checked = subprocess.run(
        [systemd_analyze, "verify", *tmp_path.iterdir()], capture_output=True, text=True, check=False
    )

    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_timer_spreads_runs_and_makes_up_for_missed_ones():
    timer = unit("section54-monitor.timer")

    assert (timer["OnCalendar"], timer["Persistent"]) == ("daily", "true")
    assert "RandomizedDelaySec" in timer


def test_the_line_for_cron_has_its_fields_and_mails_the_digest_alone():
    (line,) = [
        line for line in (DEPLOY / "section54-monitor.cron").read_text().splitlines() if re.match(r"\d", line)
    ]
    match = re.fullmatch(r"(\d+) (\d+) \* \* \*  (\w+)  (\S+) (\w+) 2>>\S+", line)

    assert match
    assert int(match[1]) < 60
    assert int(match[2]) < 24
    assert "%" not in line  # cron reads it as a new line


def test_the_workflow_runs_daily_keeps_the_collection_and_may_only_read():
    workflow = yaml.safe_load((DEPLOY / "scheduled-crawl.yml").read_text())
    steps = workflow["jobs"]["monitor"]["steps"]

    assert workflow[True]["schedule"]  # YAML 1.1 reads the key "on" as true
    assert set(workflow["permissions"].values()) == {"read"}
    assert workflow["jobs"]["monitor"]["timeout-minutes"] <= 360
    assert steps[-1]["with"]["path"] == "collection"
    assert steps[-1]["if"] == "${{ !cancelled() }}"


@pytest.mark.parametrize(
    "name", ["section54-monitor.service", "section54-monitor.cron", "scheduled-crawl.yml"]
)
def test_the_commands_of_the_schedules_exist(name):
    found = re.findall(r"/bin/section54 (\w+)", (DEPLOY / name).read_text())

    assert found == ["monitor"]
    assert CliRunner().invoke(cli, [*found, "--help"]).exit_code == 0
