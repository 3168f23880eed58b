"""Work that outlives a page: checking a list, looking at a website. Each piece is a process of its own.

A page starts it and shows how far it is; closing the page, or the desk, does not stop it. The process says
every second that it is alive. One that has said nothing for a while ended without a word, and the page says
so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler.options import CrawlOptions
from db.desk import DeskStore
from domain.dates import now
from section54.pipeline import Progress
from section54.settings import Home

CHOSEN = ("allow_hosts", "resolve", "delay", "browser")
"""What the operator chose of the options of a crawl; the rest belongs to one run."""
BEAT = 1.0
SILENT = 20
"""Seconds without a sign of life after which the work counts as lost: a busy machine can hold a process up
for some."""


def start(
    home: Home, network: CrawlOptions, list_id: int, kind: str, who: str, subject: str | None = None
) -> int:
    """Start a piece of work in the background and return its number.

    `network` says how websites are looked at; `subject` is the position of the supplier whose website it is.
    """
    with closing(DeskStore(home.private_db)) as desk:
        job_id = desk.add_job(list_id, kind, subject, who)
        desk.note(who, f"started: {WORDS[kind]}", list_id)
    command = [sys.executable, "-P", "-m", "section54.desk.work"]
    log = home.path / "desk"
    log.mkdir(parents=True, exist_ok=True)
    with (log / f"job-{job_id}.log").open("wb") as output:
        subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [
                *command,
                str(home.path),
                str(home.working_db),
                str(job_id),
                json.dumps({name: getattr(network, name) for name in CHOSEN}),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            **_detached(),
        )
    return job_id


def _detached() -> dict[str, Any]:
    """What keeps the work alive when the desk is closed."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


WORDS = {"check": "check of the list", "look": "look at a supplier's website"}


def state_of(job: dict[str, Any], moment: datetime) -> dict[str, Any]:
    """A piece of work as a page shows it: one that has been silent for too long has failed."""
    silent = (moment - datetime.fromisoformat(job["seen_at"])).total_seconds()
    if job["ended_at"] is None and silent > SILENT:
        lost = (
            "The work ended without a result, perhaps because the computer was switched off. Start it again."
        )
        return {**job, "state": "failed", "message": lost}
    return job


def run(home: Home, job_id: int, network: CrawlOptions) -> None:
    """Do a piece of work in this process, and put its end on record."""
    with closing(DeskStore(home.private_db)) as desk:
        job = desk.job(job_id)
    if job is None:
        raise SystemExit(f"there is no work number {job_id}")
    pulse = _Pulse(home, job_id)
    pulse.start()
    state, message = "failed", None
    try:
        message = _STEPS[job["kind"]](home, job, network, pulse.say)
        state = "done"
    except Exception as error:
        message = _sentence(error)
        raise
    finally:
        pulse.end()
        with closing(DeskStore(home.private_db)) as desk:
            desk.end_job(job_id, state, message)


def _sentence(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text[0].upper() + text[1:]


class _Pulse(threading.Thread):
    """Says that the work is alive, and ends the process when somebody asks it to stop.

    The stages keep what they have saved at any moment, so the process may end where it stands.
    """

    def __init__(self, home: Home, job_id: int) -> None:
        super().__init__(daemon=True)
        self._home, self._job_id = home, job_id
        self._progress = ""
        self._over = threading.Event()

    def say(self, text: str) -> None:
        self._progress = text

    def end(self) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        with closing(DeskStore(self._home.private_db)) as desk:
            while not self._over.is_set():
                if desk.beat(self._job_id, self._progress):
                    desk.end_job(
                        self._job_id, "stopped", "Stopped as you asked. What was done until then is kept."
                    )
                    os._exit(1)
                self._over.wait(BEAT)


def _check(home: Home, job: dict[str, Any], network: CrawlOptions, say: Progress) -> str:
    """Check a list as it is mapped now, write its papers, and keep the result for the pages."""
    from section54.suppliers.checking import check_list

    say("reading the list")
    with closing(DeskStore(home.private_db)) as desk:
        found = desk.find_list(job["list_id"])
        files = desk.files(job["list_id"])
    if found is None:
        raise ValueError("the list was removed")
    folder = home.reports / f"desk-{job['list_id']}-{job['id']}"
    with tempfile.TemporaryDirectory() as place:
        paths = [Path(place) / f"{number}" / name for number, (name, _) in enumerate(files, start=1)]
        for path, (_, body) in zip(paths, files, strict=True):
            path.parent.mkdir()
            path.write_bytes(body)
        say("matching the suppliers and gathering what is known of them")
        checked = check_list(
            home, paths, folder, found["mapping"], network, today=moment().date(), packs=True, say=say
        )
    record = checked.as_dict()
    suppliers = record.pop("suppliers")
    with closing(DeskStore(home.private_db)) as desk:
        desk.save_check_of(job["list_id"], suppliers, record, str(folder), job["started_by"])
    return f"{len(suppliers)} suppliers checked."


def _look(home: Home, job: dict[str, Any], network: CrawlOptions, say: Progress) -> str:
    """Visit the website of one supplier's organisation now, read what was found, and check the supplier
    again.
    """
    from section54.desk.single import check_again, visit

    said = visit(home, job["list_id"], int(job["subject"]), network, moment().date(), say)
    say("checking the supplier again")
    check_again(home, job["list_id"], int(job["subject"]), moment().date())
    return said


_STEPS: dict[str, Callable[[Home, dict[str, Any], CrawlOptions, Progress], str]] = {
    "check": _check,
    "look": _look,
}


def main(arguments: list[str]) -> None:
    """`python -m section54.desk.work HOME DATABASE JOB NETWORK`, the last as JSON."""
    home, database, job, network = arguments
    run(Home(Path(home), Path(database)), int(job), CrawlOptions(**json.loads(network)))


def moment() -> datetime:
    """The time now, in UTC."""
    return now()


if __name__ == "__main__":
    main(sys.argv[1:])
