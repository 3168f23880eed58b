"""Seed lists and the identity of organisations."""

from pathlib import Path

import pytest

from crawler.sites import load_seeds


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "seeds.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_seed_list_gives_sites_in_its_order(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "\ufefforganisation,company_number,website,notes\r\n"
        "Lamps & Sons Ltd,1234567,lamps.example,x\r\n"
        ",,,\r\n"
        '"Bracken\nHolt LLP",OC301234,https://www.holt.example/en,\r\n'
        "Town Council,,town.example:8080,\r\n",
    )

    sites = load_seeds(path)

    assert [(site.organisation_id, site.company_number, site.home_url) for site in sites] == [
        ("gb-coh-01234567", "01234567", "lamps.example"),
        ("gb-coh-oc301234", "OC301234", "https://www.holt.example/en"),
        ("name-town-council", None, "town.example:8080"),
    ]


def test_ids_may_be_made_by_the_caller(tmp_path: Path) -> None:
    path = write(tmp_path, "organisation,company_number,website\nTown Council,,town.example\n")

    (site,) = load_seeds(path, lambda name, number: f"{name}/{number}")

    assert site.organisation_id == "Town Council/None"


HEADER = "organisation,company_number,website\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"seeds\.csv: no column organisation, company_number, website in the header \(found: none\)"),
        (
            "organisation,website\nA,a.example\n",
            r"no column company_number in the header \(found: organisation, website\)",
        ),
        (HEADER + "A,,\n", r"seeds\.csv, row 2: no website for A"),
        (HEADER + "A,,a.example\n,,b.example\n", r"row 3: no organisation"),
        (HEADER + "A,,a.example\nB,,b.example,more\n", r"row 3: 4 fields where the header has 3"),
        (HEADER + "A,,a.example\nB\n", r"row 3: 1 fields where the header has 3"),
        (HEADER + "A,seven,a.example\n", r"row 2: 'seven' is not a company number"),
        (HEADER + "A,,not a site\n", r"row 2: 'not a site' is not a web address"),
        (HEADER + "A,,ftp://a.example\n", r"row 2: 'ftp://a.example' is not a web address"),
        (HEADER + "A,,http://[::1\n", r"row 2: 'http://\[::1' is not a web address"),
        (HEADER.encode() + "Môr,,mor.example\n".encode("cp1252"), r"row 2: not UTF-8 text"),
        (HEADER.encode("utf-16"), r"row 1: not UTF-8 text"),
        (b"PK\x03\x04\0\0", r"seeds\.csv: not a CSV file"),
    ],
)
def test_a_bad_seed_list_names_file_and_row(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_seeds(write(tmp_path, text))
