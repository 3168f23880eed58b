"""What is shipped to run the site: nginx before two processes, started here on loopback; units and compose
file linted.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
import site_data
import yaml

from db.publish import publish
from section54.cli import cli
from section54.settings import ROOT
from section54.site.downloads import write_downloads
from section54.site.guard import CONTENT_SECURITY_POLICY

DEPLOY = ROOT / "deploy"
HEADERS = f'"{DEPLOY / "nginx" / "section54-headers.conf"}"'
"""In quotation marks: the checkout may lie in a folder with a space in its name."""
WEB_USER = "www-data"
"""The user as which Debian runs nginx."""
MADE, NEXT = "2026-11-22T12:00:00Z", "2026-11-23T08:00:00Z"
PORTS = {
    role: int(
        re.findall(rf"upstream section54_{role} .*:(\d+);", (DEPLOY / "nginx/section54.conf").read_text())[0]
    )
    for role in ("pages", "data")
}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Front:
    """The whole set-up: nginx on `port`, two processes behind it."""

    port: int
    home: Path
    working: Path
    processes: dict[str, subprocess.Popen[bytes]]
    start: Callable[[str], None]

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(
                method, path, body, {name.replace("_", "-"): value for name, value in headers.items()}
            )
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, named, response.read().decode(errors="replace"))
        finally:
            connection.close()


def state_mode() -> int:
    """The mode that systemd gives to the folder of the collection."""
    unit = (DEPLOY / "section54-monitor.service").read_text()
    return int(re.findall(r"^StateDirectoryMode=(\d+)$", unit, re.M)[0], 8)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def nginx_configuration(folder: Path, home: Path, ports: dict[str, int], listen: int) -> Path:
    """The shipped file with ports and folders of the test, and what a distribution has around it."""
    shipped = (DEPLOY / "nginx" / "section54.conf").read_text()
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{listen};"),
        (f"127.0.0.1:{PORTS['pages']}", f"127.0.0.1:{ports['pages']}"),
        (f"127.0.0.1:{PORTS['data']}", f"127.0.0.1:{ports['data']}"),
        ("/etc/nginx/section54-headers.conf", HEADERS),
        ("/var/lib/nginx/section54", str(folder / "cache")),
        ("/var/log/nginx/section54.log", str(folder / "access.log")),
        ("/var/lib/section54/site", str(home / "site")),
    ):
        assert old in shipped, old
        shipped = shipped.replace(old, new)
    temporary = "".join(
        f"{name}_temp_path {folder / name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # As on a server: nginx is another user than the collection. Without root both are the user of the test.
    user = f"user {WEB_USER};\n" if os.geteuid() == 0 else ""
    path = folder / "nginx.conf"
    path.write_text(
        f"{user}daemon off;\nworker_processes 1;\npid {folder / 'pid'};\nerror_log {folder / 'error.log'};\n"
        f"events {{}}\nhttp {{\n{temporary}{shipped}\n}}\n"
    )
    return path


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """A folder that other users may go through; pytest's own may not."""
    with tempfile.TemporaryDirectory(prefix="section54-front-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="module")
def front(open_folder: Path, nginx: str) -> Iterator[Front]:
    folder = open_folder
    home = folder / "home"
    home.mkdir(mode=state_mode())
    working = site_data.make_working_database(folder / "working.db")
    before = os.umask(0o027)  # as in section54-monitor.service
    try:
        publish(working, home / "site" / "section54.db", model_metrics=site_data.METRICS, generated_at=MADE)
        write_downloads(home / "site" / "section54.db")
    finally:
        os.umask(before)
    ports, listen = {role: free_port() for role in ("pages", "data")}, free_port()
    processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(role: str) -> None:
        serve = [sys.executable, "-c", "from section54.cli import cli; cli()", "serve"]
        command = [*serve, "--home", str(home), "--role", role, "--port", str(ports[role])]
        processes[role] = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        wait_for(ports[role], processes[role])

    try:
        start("pages")
        start("data")
        configuration = nginx_configuration(folder, home, ports, listen)
        processes["nginx"] = subprocess.Popen([nginx, "-p", str(folder), "-c", str(configuration)])
        wait_for(listen, processes["nginx"])
        yield Front(listen, home, working, processes, start)
    finally:
        for process in processes.values():
            process.terminate()
            process.wait(30)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until something listens there, or the process that should has ended; a busy machine takes minutes."""
    for _ in range(2400):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            pytest.fail(f"{process.args!r} ended with exit code {process.returncode}")
        time.sleep(0.25)
    pytest.fail(f"nothing listens on port {port} after ten minutes")


# --- the set-up at work


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/", 200, "What modern slavery statements say"),
        (f"/organisation/{site_data.HARBOUR}.json", 200, '"company_number"'),
        ("/evidence?q=audited", 200, "<mark>audited</mark>"),
        ("/static/site.css", 200, "body"),
        ("/openapi.json", 200, "3.1.0"),
        ("/section54", 200, "All tables"),
        ("/section54/areas.csv", 200, "structure"),
        ("/section54/coverage_by_year.json?_shape=array", 200, "year"),
        ("/section54.json?_shape=array&sql=select+41+%2B+1+as+answer", 200, "42"),
        ("/section54.json?sql=select+hex(randomblob(150000000))", 400, "not authorized to use function"),
        ("/section54x", 404, "Page not found"),
        ("/downloads/2026-11-22/README.txt", 200, "Open Government Licence"),
        ("/downloads/2026-11-22/..%2f..%2fsection54.db", 404, ""),
        ("/downloads/2026-11-22", 404, "Page not found"),
        ("/nope", 404, "Search for an organisation"),
    ],
)
def test_each_address_reaches_the_process_that_has_it(
    front: Front, path: str, status: int, says: str
) -> None:
    answer = front.ask(path)

    assert (answer.status, says in answer.text) == (status, True), answer.text[:300]


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    ["/", "/nope", "/section54/areas", "/section54?sql=select+nothing", "/-/versions", "/-/databases.json",
     "/section54.json?_shape=array&sql=select+*+from+pragma_database_list",
     "/downloads/2026-11-22/README.txt",
     "/downloads/2026-11-22/nothing", "/section54.db"],
)  # fmt: skip
def test_headers_stand_on_everything_and_neither_version_nor_path_is_told(front: Front, path: str) -> None:
    answer = front.ask(path)

    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["server"] == "nginx"
    assert "set-cookie" not in answer.headers
    assert str(front.home) not in answer.text
    assert re.search(r"uvicorn|nginx/\d|Datasette/?\d|Python/?\d|SQLite \d", answer.text) is None


@pytest.mark.slow
def test_list_goes_through_and_one_that_is_too_large_does_not(front: Front) -> None:
    form = {"content_type": "application/x-www-form-urlencoded"}

    small = front.ask("/check", "POST", b"text=Harbour+Lane+Foods+Limited", **form)
    large = front.ask("/check", "POST", b"text=" + b"x" * 1_300_000, **form)

    assert (small.status, "HARBOUR LANE" in small.text) == (200, True)
    assert small.headers["cache-control"] == "no-store"
    assert (large.status, "too large" in large.text) == (413, True)
    assert large.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.slow
def test_who_asks_too_much_of_the_tables_is_told_to_wait_and_still_gets_pages(front: Front) -> None:
    answers = [front.ask(f"/section54/areas.json?_shape=array&title=x{n}") for n in range(120)]

    refused = [answer for answer in answers if answer.status == 429]
    assert {answer.status for answer in answers} == {200, 429}
    assert len(refused) > 10
    assert refused[0].headers["retry-after"] == "60"
    assert "Too many requests" in refused[0].text
    assert refused[0].headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert front.ask("/method").status == 200


@pytest.mark.slow
def test_five_hundred_names_of_openrefine_are_let_through(front: Front) -> None:
    names = {f"q{n}": {"query": f"Company {n} Limited"} for n in range(10)}
    body = urlencode({"queries": json.dumps(names)}).encode()

    answers = [
        front.ask("/reconcile", "POST", body, content_type="application/x-www-form-urlencoded")
        for _ in range(50)
    ]
    typed = [
        front.ask(f"/reconcile/suggest/entity?prefix={'harbour lane f'[:n]}".replace(" ", "+"))
        for n in range(1, 15)
    ]

    assert {answer.status for answer in [*answers, *typed]} == {200}


@pytest.mark.slow
def test_who_reconciles_too_much_is_told_so_across_sites(front: Front) -> None:
    answers = [front.ask("/reconcile") for _ in range(300)]

    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert {answer.headers["access-control-allow-origin"] for answer in answers} == {"*"}


@pytest.mark.slow
def test_nobody_else_can_read_the_collection(front: Front) -> None:
    site = front.home / "site"

    assert front.home.stat().st_mode & 0o777 == 0o711
    assert site.stat().st_mode & 0o007 == 0o001
    assert (site / "section54.db").stat().st_mode & 0o007 == 0
    assert {path.stat().st_mode & 0o777 for path in site.glob("downloads/*/*")} == {0o644}


@pytest.mark.slow
def test_page_is_kept_by_the_proxy_and_not_sent_again_to_who_has_it(front: Front) -> None:
    first = front.ask("/public-bodies")

    again = front.ask("/public-bodies", if_none_match=first.headers["etag"])

    assert "max-age=600" in first.headers["cache-control"]
    assert (again.status, again.text) == (304, "")


@pytest.mark.slow
def test_what_was_asked_for_is_not_in_the_log(front: Front) -> None:
    front.ask("/evidence?q=secretive+supplier")

    log = (front.home.parent / "access.log").read_text()
    assert '"GET /evidence" 200' in log
    assert "secretive" not in log


@pytest.mark.slow
def test_both_processes_follow_a_new_publication_without_a_restart(front: Front) -> None:
    wait_for_rate()
    before = front.ask("/section54/meta.json?_shape=array&key=generated_at")
    publish(
        front.working,
        front.home / "site" / "section54.db",
        model_metrics=site_data.METRICS,
        generated_at=NEXT,
    )

    page = front.ask("/method?after")
    table = front.ask("/section54/meta.json?_shape=array&key=generated_at&_size=5")

    assert MADE in before.text
    assert "23 November 2026" in page.text
    assert NEXT in table.text


def wait_for_rate() -> None:
    """Until the tables answer this address again: five requests a second, forty of them saved up."""
    time.sleep(2)


@pytest.mark.slow
def test_pages_stay_where_the_process_for_tables_is_down(front: Front) -> None:
    wait_for_rate()
    front.processes["data"].terminate()
    front.processes["data"].wait(30)
    try:
        tables = front.ask("/section54/levels?down")
        page = front.ask("/accessibility?down")
    finally:
        front.start("data")

    assert (tables.status, tables.headers["retry-after"]) == (503, "30")
    assert "started again" in tables.text
    assert page.status == 200


# --- what is shipped, linted


@pytest.mark.slow
def test_the_shipped_file_is_valid_in_a_stock_debian(nginx: str, tmp_path: Path) -> None:
    """Only the address of the headers is changed; every folder that it names is one that Debian's nginx
    has.
    """
    shipped = (DEPLOY / "nginx" / "section54.conf").read_text()
    folders = re.findall(r"(?:proxy_cache_path|access_log) (\S+)", shipped)
    configuration = tmp_path / "nginx.conf"
    shipped = shipped.replace("/etc/nginx/section54-headers.conf", HEADERS)
    for folder in folders:
        assert Path(folder).parent.is_dir(), folder
        shipped = shipped.replace(folder, str(tmp_path / Path(folder).name))
    configuration.write_text(f"pid {tmp_path}/pid; events {{}} http {{ {shipped} }}")

    result = subprocess.run([nginx, "-t", "-c", str(configuration)], capture_output=True, text=True)

    assert result.returncode == 0, result.stderr


UNITS = sorted(path.name for path in DEPLOY.glob("*.service")) + sorted(
    path.name for path in DEPLOY.glob("*.timer")
)


def test_units_are_valid(tmp_path: Path, systemd_analyze: str) -> None:
    for name in UNITS:
        text = (DEPLOY / name).read_text()
        (tmp_path / name).write_text(
            text.replace("/opt/section54/.venv/bin/section54", "/bin/true").replace("/opt/section54", "/tmp")
        )

    result = subprocess.run(
        [systemd_analyze, "verify", "--man=no", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True,
        text=True,
    )

    ours = [line for line in result.stderr.splitlines() if "section54" in line]
    assert (result.returncode, ours) == (0, [])


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_units_run_commands_that_exist(name: str) -> None:
    (command,) = re.findall(
        r"^ExecStart=/opt/section54/\.venv/bin/section54 (.+)$", (DEPLOY / name).read_text(), re.M
    )

    parses(command.split())


def parses(arguments: list[str]) -> None:
    """Fail where the command line does not know these arguments."""
    context = cli.make_context("section54", list(arguments), resilient_parsing=True)
    command = cli.get_command(context, arguments[0])
    assert command is not None, arguments
    command.make_context(arguments[0], arguments[1:], parent=context)


@pytest.mark.parametrize("role", ["pages", "data"])
def test_unit_and_container_listen_where_nginx_looks(role: str) -> None:
    unit = (DEPLOY / f"section54-{role}.service").read_text()
    compose = yaml.safe_load((DEPLOY / "compose.yml").read_text())

    assert f"serve --role {role} --port {PORTS[role]}\n" in unit
    assert compose["services"][role]["command"] == ["serve", "--role", role, "--port", str(PORTS[role])]


def test_compose_file_names_files_that_exist_and_opens_one_port_on_loopback() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yml").read_text())

    services = compose["services"]
    mounted = [volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])]
    assert all((DEPLOY / path).is_file() for path in mounted if path.startswith("."))
    assert {path for path in mounted if not path.startswith(".")} == set(compose["volumes"])
    assert [port for service in services.values() for port in service.get("ports", [])] == [
        "127.0.0.1:8080:80"
    ]
    for service in services.values():
        if "build" in service:
            assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
            parses(service["command"])
    for role in ("pages", "data"):
        assert services[role]["network_mode"] == "service:nginx"
        assert services[role]["read_only"] is True
        assert services[role]["volumes"] == ["data:/data:ro"]


def test_image_runs_without_root_on_locked_packages() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    lines = text.splitlines()

    (base,) = [line for line in lines if line.startswith("FROM ")]
    assert re.fullmatch(r"FROM \w+:[\w.-]+", base) and not base.endswith(":latest")
    assert "--require-hashes -r requirements.lock" in text
    assert max(i for i, line in enumerate(lines) if line.startswith("USER ")) > max(
        i for i, line in enumerate(lines) if line.startswith("RUN ")
    )
    assert [line for line in lines if line.startswith("USER ")][-1] != "USER root"
    assert not re.search(r"^(ADD|RUN .*(curl|wget)) ", text, re.M)


def test_headers_of_nginx_are_those_of_the_site() -> None:
    text = (DEPLOY / "nginx" / "section54-headers.conf").read_text()

    assert f'Content-Security-Policy "{CONTENT_SECURITY_POLICY}" always' in text


SCRIPTS = [*sorted(DEPLOY.glob("*.sh")), *sorted((ROOT / ".ci").iterdir())]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_pass_shellcheck(path: Path, shellcheck: str) -> None:
    result = subprocess.run([shellcheck, str(path)], capture_output=True, text=True)

    assert (result.returncode, result.stdout) == (0, "")
