"""Digests of what changed: for whom, in four forms, silent when nothing did, an alarm instead of a wave."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from registry_data import write_registry

from db.store import Store
from domain import machine
from section54.cli import cli
from section54.monitoring import watch as monitoring
from section54.monitoring.difference import difference as sentences_between
from section54.monitoring.digest import (
    Digest,
    Entry,
    Sentence,
    as_atom,
    as_dict,
    as_html,
    as_text,
    difference,
    title_of,
)
from section54.update import BROKEN_CRAWL, Update

NAMES = [
    "Quernmore Tiles Limited",
    *(f"Ullock {word} Limited" for word in ("Ale", "Bun", "Cap", "Dye", "Elm", "Fig")),
]
ATOM = "{http://www.w3.org/2005/Atom}"
LATER = "2099-01-01T00:00:0{}Z"


def entry(**changes) -> Entry:
    known = {
        "id": "event/1", "kind": "revised", "title": "The text of the statement has changed",
        "organisation_id": "a",
        "organisation": "Quernmore <Tiles> Limited", "suppliers": ("QUERNMORE TILES",),
        "detail": "91% is as it was.",
        "at": "2026-11-20T09:00:00Z", "url": "https://quernmore.example/ms", "previous_url": "https://quernmore.example/ms",
        "similarity": 0.91, "differences": (Sentence("-", "We audited 9 & more."), Sentence("+",
        "We audited 12\x0b.")),
    }  # fmt: skip
    return Entry(**(known | changes))


def digest(*entries: Entry, alarms=()) -> Digest:
    return Digest("tier 1", "2026-11-01T00:00:00Z", "2026-11-22T00:00:00Z", entries, alarms)


# --- the difference


def test_the_difference_is_told_by_sentence_without_names():
    before = ["We buy clay.", "We audited nine suppliers.", "Signed: Quentin Madeupname, Director"]
    after = ["We  buy CLAY.", "We audited twelve suppliers.", "Signed: Perpetua Alsomade, Director"]

    found, more = difference(before, after, "Quernmore Tiles Limited")

    assert [one.sign for one in found] == ["-", "+", "-", "+"]
    assert found[0].text == "We audited nine suppliers."
    assert more == 0
    assert not any("Madeupname" in one.text or "Alsomade" in one.text for one in found)


def test_a_long_difference_is_cut_and_counted():
    found, more = difference([], [f"Sentence {number}." for number in range(60)], "X")

    assert (len(found), more) == (40, 20)


def test_a_new_year_with_the_old_text_is_said_to_be():
    assert title_of("new_year", 0.94).endswith("with nearly the text of the one before")
    assert title_of("new_year", 0.4) == "A statement for a later financial year"


# --- the documents


def test_text_html_and_atom_say_the_same():
    found = digest(entry())
    root = ElementTree.fromstring(as_atom("tier 1", [json.loads(json.dumps(as_dict(found)))]))
    (item,) = root.findall(f"{ATOM}entry")

    for text in (as_text(found), as_html(found), item.find(f"{ATOM}summary").text):
        assert "91% is as it was." in text
        assert "We audited 9" in text
    assert "Quernmore &lt;Tiles&gt; Limited" in as_html(found)
    assert item.find(f"{ATOM}id").text.startswith("urn:uuid:")
    assert item.find(f"{ATOM}link").get("href") == "https://quernmore.example/ms"
    assert root.find(f"{ATOM}updated").text == "2026-11-22T00:00:00Z"
    assert as_text(found).startswith(
        "Modern slavery statements, tier 1: 1 change (2026-11-01 to 2026-11-22)\n"
    )


def test_a_change_keeps_its_id_in_the_feed():
    one, two = (ElementTree.fromstring(as_atom("tier 1", [as_dict(digest(entry()))])) for _ in range(2))

    assert one.find(f"{ATOM}entry/{ATOM}id").text == two.find(f"{ATOM}entry/{ATOM}id").text


@pytest.mark.parametrize("word", ["breach", "fail", "complian", "illegal", "missing", "guilty"])
def test_no_title_accuses(word):
    from section54.monitoring.digest import TITLES

    assert not any(word in title.lower() for title in TITLES.values())


# --- the run


def run(home: Path, *arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(cli, [*map(str, arguments), "--home", str(home)], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


@pytest.fixture
def home(tmp_path):
    """A collection with seven organisations, all watched as 'tier 1' by their names."""
    rows = [
        {
            "OrganisationName": name,
            "CompanyNumber": f"9900000{number}",
            "StatementSummaryURL": f"https://r.example/{number}",
        }
        for number, name in enumerate(NAMES, start=1)
    ]
    run(tmp_path / "home", "registry", "load", write_registry(tmp_path / "registry.csv", *rows))
    suppliers = tmp_path / "suppliers.csv"
    suppliers.write_text("Supplier\n" + "\n".join([*NAMES, "Unknown Ltd"]) + "\n")
    run(tmp_path / "home", "watch", "add", suppliers, "--name", "tier 1")
    return tmp_path / "home"


def happens(home: Path, kind: str, number: int = 1, second: int = 1) -> None:
    with Store(home / "section54.db") as store:
        store.db["events"].insert(
            {
                "organisation_id": f"gb-coh-9900000{number}", "kind": kind,
                "happened_at": "2026-11-20T09:00:00Z",
                "noticed_at": LATER.format(second), "url": f"https://q{number}.example/ms",
                "detail": f"It is {kind}.",
            }
        )  # fmt: skip


def test_what_is_watched_is_counted(home):
    (found,) = json.loads(run(home, "watch", "list", "--json"))

    assert (found["name"], found["suppliers"]) == ("tier 1", 8)


def test_a_run_that_found_nothing_says_and_writes_nothing(home):
    happens(home, "cosmetic")

    assert run(home, "monitor", "--no-update") == ""
    assert not (home / "digests").exists()


def test_a_change_is_told_once_in_four_files(home):
    happens(home, "new")
    first = run(home, "monitor", "--no-update")
    files = sorted(path.suffix for path in (home / "digests" / "tier-1").iterdir())

    assert "Quernmore Tiles Limited" in first
    assert "It is new." in first
    assert files == [".atom", ".html", ".json", ".txt"]
    assert run(home, "monitor", "--no-update") == ""
    happens(home, "moved", second=2)
    assert "It is moved." in run(home, "monitor", "--no-update")
    feed = ElementTree.parse(home / "digests" / "tier-1" / "feed.atom")
    assert len(feed.findall(f"{ATOM}entry")) == 2


def test_a_wave_of_removals_is_an_alarm_until_a_person_accepts_it(home):
    for number in range(1, 6):
        happens(home, "removed", number)
    happens(home, "new", 6)

    first = run(home, "monitor", "--no-update", code=3)
    accepted = run(home, "monitor", "--no-update", "--accept-removals")

    assert "ALARM: 5 of 7 watched organisations" in first
    assert "It is new." in first
    assert "It is removed." not in first
    assert accepted.count("It is removed.") == 5
    assert run(home, "monitor", "--no-update") == ""


def test_five_statements_of_one_organisation_are_no_wave(home):
    for number in range(1, 6):
        happens(home, "removed", 1, second=number)

    assert run(home, "monitor", "--no-update").count("It is removed.") == 5


def test_two_watch_lists_never_share_a_folder(home, tmp_path):
    result = CliRunner().invoke(
        cli, ["watch", "add", str(tmp_path / "suppliers.csv"), "--name", "Tier-1", "--home", str(home)]
    )

    assert result.exit_code != 0
    assert "the watch list 'tier 1' has the folder of digests" in result.output


def test_a_digest_that_could_not_be_written_whole_leaves_no_half(home, monkeypatch):
    happens(home, "new")

    def full(path, body, **options):
        with path.open("wb" if isinstance(body, bytes) else "w") as file:
            file.write(body[:20])
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        patch.setattr(Path, "write_text", full)
        failed = CliRunner().invoke(cli, ["monitor", "--no-update", "--home", str(home)])

    assert failed.exit_code == 1
    assert "watch list 'tier 1': No space left on device; it is told with the next run" in failed.output
    assert "It is new." in run(home, "monitor", "--no-update")


def test_a_digest_that_was_not_given_out_is_told_again(home, monkeypatch):
    happens(home, "new")

    def closed(*_, **__):
        raise BrokenPipeError(32, "Broken pipe")

    with monkeypatch.context() as patch:
        patch.setattr("section54.cli.monitoring.show_result", closed)
        assert CliRunner().invoke(cli, ["monitor", "--no-update", "--home", str(home)]).exit_code == 1

    assert "It is new." in run(home, "monitor", "--no-update")
    assert run(home, "monitor", "--no-update") == ""


def test_a_fault_of_one_list_costs_that_list_alone(home, tmp_path):
    run(home, "watch", "add", tmp_path / "suppliers.csv", "--name", "other")
    happens(home, "new")
    (home / "digests").mkdir()
    (home / "digests" / "other").write_text("a file where a folder should be")

    result = CliRunner().invoke(cli, ["monitor", "--no-update", "--home", str(home)])

    assert result.exit_code == 1
    assert "It is new." in result.stdout
    assert "watch list 'other'" in result.output
    (home / "digests" / "other").unlink()
    assert "It is new." in run(home, "monitor", "--no-update")


def test_two_runs_at_a_time_exclude_each_other(home):
    with machine.locked(home / ".monitor.lock"):
        second = CliRunner().invoke(cli, ["monitor", "--no-update", "--home", str(home)])

    assert second.exit_code == 1
    assert "another `section54 monitor` is at work on this collection" in second.output


def test_an_alarm_is_told_once_and_again_only_when_it_changes(home):
    for number in range(1, 6):
        happens(home, "removed", number)
    first, second = (run(home, "monitor", "--no-update", code=3) for _ in range(2))
    happens(home, "new", 7)
    with_news = run(home, "monitor", "--no-update", code=3)
    happens(home, "removed", 6)
    changed, after = (run(home, "monitor", "--no-update", code=3) for _ in range(2))

    assert "ALARM: 5 of 7" in first
    assert second == ""
    assert "It is new." in with_news and "ALARM: 5 of 7" in with_news
    assert "ALARM: 6 of 7" in changed
    assert after == ""


def test_an_alarm_that_was_resolved_is_told_when_it_comes_back(home):
    for number in range(1, 6):
        happens(home, "removed", number)
    run(home, "monitor", "--no-update", code=3)
    run(home, "monitor", "--no-update", "--accept-removals")
    for number in range(1, 6):
        happens(home, "removed", number)

    assert "ALARM: 5 of 7" in run(home, "monitor", "--no-update", code=3)


def test_a_broken_crawl_of_each_day_is_told_once(home, monkeypatch):
    told = []
    for found in (12, 9):
        broken = Update(problems=[f"crawl websites: found {found}, the last one 300"], exit_code=BROKEN_CRAWL)
        monkeypatch.setattr(monitoring, "run_update", lambda *arguments, done=broken, **options: done)
        told.append(run(home, "monitor", code=3))

    assert "ALARM: crawl websites: found 12" in told[0]
    assert told[1] == ""


def test_a_broken_crawl_is_an_alarm_and_calls_nothing_gone(home, monkeypatch):
    happens(home, "removed")
    broken = Update(problems=["crawl websites: found far less than the last one"], exit_code=BROKEN_CRAWL)
    monkeypatch.setattr(monitoring, "run_update", lambda *arguments, **options: broken)

    told = run(home, "monitor", code=3)

    assert "ALARM: crawl websites: found far less" in told
    assert "It is removed." not in told
    assert "It is removed." in run(home, "monitor", "--no-update")


def registry_row(number: int, **changes: str) -> dict[str, str]:
    known = {
        "OrganisationName": NAMES[number - 1],
        "CompanyNumber": f"9900000{number}",
        "StatementSummaryURL": f"https://r.example/{number}",
        "LastUpdated": "04/02/2026",
    }
    return known | changes


def test_a_changed_registry_entry_is_told_by_its_fields(home, tmp_path):
    changed = registry_row(1, Turnover="Over £500 million", StatementIncludesPolicies="")
    added = registry_row(1, StatementSummaryURL="https://r.example/new", StatementYear="2027")
    rest = [registry_row(number) for number in range(2, 8)]
    run(home, "registry", "load", write_registry(tmp_path / "later.csv", changed, added, *rest))

    told = run(home, "monitor", "--no-update")

    assert "turnover (Over £500 million; before: £36 million to £60 million)" in told
    assert "declared on policies (not answered; before: yes)" in told
    assert "Registry year 2027." in told
    assert told.count("government registry") == 2
    assert run(home, "monitor", "--no-update") == ""


def test_an_entry_that_went_is_told_and_one_that_came_back_too(home, tmp_path):
    rest = [registry_row(number) for number in range(2, 8)]
    run(home, "registry", "load", write_registry(tmp_path / "without.csv", *rest))
    gone = run(home, "monitor", "--no-update")
    run(home, "registry", "load", write_registry(tmp_path / "with.csv", registry_row(1), *rest))
    back = run(home, "monitor", "--no-update")

    assert "An entry is no longer in the government registry's file" in gone
    assert "Entries are voluntary." in gone
    assert "it is in the registry's file again" in back


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([1, 2], "taken for a part"),
        ([1, 2, 3, 4, 5, 6], "older than what is known"),
    ],
)
def test_a_partial_or_older_file_withdraws_nothing(home, tmp_path, rows, why):
    day = "03/02/2026" if len(rows) == 2 else "01/01/2026"
    file = write_registry(tmp_path / "odd.csv", *(registry_row(number, LastUpdated=day) for number in rows))

    said = run(home, "registry", "load", file)

    assert why in said
    assert run(home, "monitor", "--no-update") == ""


def test_a_person_may_accept_what_looks_like_a_part(home, tmp_path):
    file = write_registry(tmp_path / "part.csv", registry_row(1), registry_row(2))

    run(home, "registry", "load", file, "--accept-withdrawals")

    assert run(home, "monitor", "--no-update").count("no longer in the government registry") == 5


def test_an_older_state_of_an_entry_does_not_replace_a_newer_one(home, tmp_path):
    rows = [
        registry_row(number, LastUpdated="01/01/2026", Turnover="Over £500 million") for number in range(1, 8)
    ]
    run(home, "registry", "load", write_registry(tmp_path / "older.csv", *rows))

    with Store(home / "section54.db") as store:
        assert store.value("select count(*) from registry_statements where turnover like 'Over%'") == 0
    assert run(home, "monitor", "--no-update") == ""


def test_rows_that_cannot_be_read_any_more_are_not_called_withdrawn(home, tmp_path):
    rows = [registry_row(number) for number in range(1, 8)]
    rows[0]["StatementYear"] = "soon"
    file = write_registry(tmp_path / "damaged.csv", *rows)

    assert "may be these" in run(home, "registry", "load", file, code=1)
    assert run(home, "monitor", "--no-update") == ""


def test_a_list_kept_by_an_earlier_version_is_told_by_its_time(home):
    happens(home, "new")
    with closing(sqlite3.connect(home / "private.db")) as db, db:
        db.execute("update watch_lists set told_event = null")

    assert "It is new." in run(home, "monitor", "--no-update")
    assert run(home, "monitor", "--no-update") == ""


def test_an_unknown_watch_list_is_named(home):
    result = CliRunner().invoke(cli, ["monitor", "--no-update", "--list", "tier 9", "--home", str(home)])

    assert result.exit_code == 1
    assert "there is no watch list 'tier 9'" in result.output


def test_a_removed_watch_list_is_told_of_no_more(home):
    happens(home, "new")
    run(home, "watch", "remove", "tier 1")

    assert run(home, "monitor", "--no-update") == ""


def test_sentences_are_told_only_where_the_two_texts_are_related(home):
    texts = {"a" * 64: ["We buy clay.", "We audited nine."], "b" * 64: ["We buy clay.", "We audited twelve."]}
    with Store(home / "section54.db") as store:
        for sha256, sentences in texts.items():
            store.db["documents"].insert(
                {
                    "sha256": sha256,
                    "content_type": "text/html",
                    "bytes": 1,
                    "first_seen": "x",
                    "last_seen": "x",
                }
            )
            store.db["texts"].insert(
                {
                    "sha256": sha256, "extractor_version": "1", "content_type": "text/html", "method": "html",
                    "pages": 1,
                    "pages_read": "[1]", "low_confidence": 0, "words": 5, "metadata": "{}", "warnings": "[]",
                    "extracted_at": "x",
                }
            )  # fmt: skip
            store.db["sentences"].insert_all(
                {
                    "sha256": sha256, "extractor_version": "1", "position": position, "text": text, "page": 1,
                    "kind": "paragraph", "source": "html", "boxes": "[]",
                }
                for position, text in enumerate(sentences)
            )  # fmt: skip
        for number, (kind, share) in enumerate((("revised", 0.9), ("replaced", 0.1)), start=1):
            store.db["events"].insert(
                {
                    "organisation_id": f"gb-coh-9900000{number}", "kind": kind,
                    "happened_at": "2026-11-20T09:00:00Z",
                    "noticed_at": LATER.format(1), "sha256": "b" * 64, "previous_sha256": "a" * 64,
                    "similarity": share,
                    "detail": f"It is {kind}.",
                }
            )  # fmt: skip

    (told,) = json.loads(run(home, "monitor", "--no-update", "--json"))["digests"]

    assert [[(one["sign"], one["text"]) for one in entry["differences"]] for entry in told["entries"]] == [
        [("-", "We audited nine."), ("+", "We audited twelve.")],
        [],
    ]


def test_reworded_sentence_stands_behind_the_one_that_it_replaces():
    before = [
        "We bought from 710 suppliers in the year.",
        "We closed our mill.",
        "Training is for all buyers.",
    ]
    after = [
        "Training is for all our buyers.",
        "A new sentence of other things altogether.",
        "We bought from 690 suppliers in the year.",
    ]

    found = [(one.sign, one.text) for one in sentences_between(before, after)]

    assert found == [
        ("-", before[1]),
        ("-", before[2]),
        ("+", after[0]),
        ("+", after[1]),
        ("-", before[0]),
        ("+", after[2]),
    ]


def test_what_is_not_alike_goes_before_it_comes():
    found = [
        one.sign
        for one in sentences_between(
            ["Apples are red.", "Same."], ["Quarterly audits happened twice.", "Same."]
        )
    ]

    assert found == ["-", "+"]
