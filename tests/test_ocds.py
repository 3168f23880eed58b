"""Open Contracting releases as supplier lists; the organisations and awards are invented."""

import json
from decimal import Decimal

import pytest

from section54.suppliers.reading.lists import SupplierListError, read_supplier_list


def party(identifier, name, number=None, *, additional=None, **more):
    found = {"id": identifier, "name": name, "roles": ["supplier"], "identifier": {"legalName": name}, **more}
    if number:
        found["identifier"] |= {"scheme": "GB-COH", "id": number}
    if additional:
        found["additionalIdentifiers"] = [
            {"scheme": "GB-PPON", "id": "P1"},
            {"scheme": "GB-COH", "id": additional},
        ]
    return found


def release(ocid, *parties, amount=None, currency="GBP", date="2026-03-01T00:00:00Z", award="1", **more):
    buyer = {"id": "GB-CFS-1", "name": "Police and Crime Commissioner for Rydalshire", "roles": ["buyer"]}
    value = {} if amount is None else {"value": {"amount": amount, "currency": currency}}
    return {
        "ocid": ocid,
        "date": date,
        "tag": ["award"],
        "parties": [buyer, *parties],
        "tender": {"classification": {"scheme": "CPV", "description": "Laundry services"}},
        "awards": [
            {
                "id": award,
                "suppliers": [{"id": one["id"], "name": one["name"]} for one in parties],
                **value,
                **more,
            }
        ],
    }


TILES = party(
    "GB-COH-99000001", "Quernmore Tiles Ltd", "99000001", address={"countryName": "England"},
    details={"url": "https://quernmore.example"},
)  # fmt: skip
GROUT = party("GB-FTS-77", "Quernmore Grout Ltd", additional="99000002")


def read(tmp_path, content, name="awards.json"):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_supplier_list(path)


def test_suppliers_come_with_number_value_category_website_and_country(tmp_path):
    found = read(
        tmp_path,
        {
            "releases": [
                release("a", TILES, amount=1000.5),
                release("b", TILES, amount=500),
                release("c", GROUT),
            ]
        },
    )
    tiles, grout = found.suppliers

    assert (tiles.name, tiles.company_number, tiles.amount) == (
        "Quernmore Tiles Ltd",
        "99000001",
        Decimal("1500.5"),
    )
    assert (tiles.category, tiles.website, tiles.country) == (
        "Laundry services",
        "https://quernmore.example",
        "England",
    )
    assert (grout.company_number, grout.amount) == ("99000002", None)
    assert found.format == "Open Contracting (OCDS), 3 releases"
    assert found.rows == 3


def test_the_newest_release_of_an_award_counts_once(tmp_path):
    first = release("a", TILES, amount=1000)
    second = release("a", TILES, amount=1200, date="2026-04-01T00:00:00Z")

    (tiles,) = read(tmp_path, {"releases": [second, first]}).suppliers

    assert tiles.amount == Decimal(1200)


def test_a_shared_or_foreign_value_is_left_out_and_said(tmp_path):
    found = read(
        tmp_path, [release("a", TILES, GROUT, amount=9e6), release("b", GROUT, amount=5, currency="EUR")]
    )

    assert [one.amount for one in found.suppliers] == [None, None]
    assert found.suppliers[0].undivided == found.money.undivided == Decimal(9_000_000)
    assert found.suppliers[1].foreign == (("EUR", Decimal(5)),)
    assert any("stands on 2 rows, a supplier each, with the same £9,000,000" in one for one in found.doubts)
    assert any("5.00 EUR are not in pounds" in one for one in found.doubts)


def test_awards_that_gave_no_contract_are_no_suppliers(tmp_path):
    found = read(
        tmp_path,
        {"releases": [release("a", TILES, status="cancelled"), release("b", GROUT, status="active")]},
    )

    assert [one.name for one in found.suppliers] == ["Quernmore Grout Ltd"]


def test_record_packages_single_releases_and_json_lines_are_read(tmp_path):
    one, two = release("a", TILES), release("b", GROUT)
    records = {"records": [{"ocid": "a", "compiledRelease": one}, {"ocid": "b", "compiledRelease": two}]}

    assert len(read(tmp_path, records).suppliers) == 2
    assert len(read(tmp_path, one).suppliers) == 1
    assert len(read(tmp_path, f"{json.dumps(one)}\n{json.dumps(two)}\n").suppliers) == 2


def test_individuals_in_awards_are_set_aside(tmp_path):
    found = read(tmp_path, release("a", party("x", "Mr John Smith")))

    assert found.suppliers == ()
    assert found.set_aside[0].shown == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": 1}', "is JSON without Open Contracting releases"),
        ('{"releases": [', "is no JSON: "),
        ({"releases": [{"ocid": "a", "awards": "none", "parties": 5}]}, None),
    ],
)
def test_other_json_is_refused_by_name(tmp_path, content, message):
    if message is None:
        assert read(tmp_path, content).suppliers == ()
        return
    with pytest.raises(SupplierListError, match=rf"awards\.json {message}"):
        read(tmp_path, content)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"a":' * 100_000, "is nested too deeply"),
        (b"[{}," + b"[" * 100_000, "is nested too deeply"),
        (b'{"releases": [{"ocid": ' + b"1" * 5_000 + b"}]}", "is no JSON that can be read"),
    ],
)
def test_json_made_to_break_a_reader_is_refused(tmp_path, body, message):
    path = tmp_path / "awards.json"
    path.write_bytes(body)

    with pytest.raises(SupplierListError, match=message):
        read_supplier_list(path)


def test_half_a_character_in_a_name_is_left_out(tmp_path):
    odd = party("GB-COH-99000001", "Quern\ud800more Tiles Ltd", "99000001")

    found = read(tmp_path, release("ocds-1", odd, amount=5, currency=None))

    assert (found.suppliers[0].name, found.suppliers[0].amount) == ("Quernmore Tiles Ltd", Decimal(5))


# --- releases of one process, values and identifiers


def test_an_update_changes_only_the_fields_that_it_has(tmp_path):
    first = release("a", TILES, amount=1000)
    update = {
        "ocid": "a",
        "date": "2026-05-01T00:00:00Z",
        "parties": [],
        "awards": [{"id": "1", "value": {"amount": 1500}}],
    }

    (tiles,) = read(tmp_path, [update, first]).suppliers

    assert (tiles.name, tiles.company_number, tiles.amount) == (
        "Quernmore Tiles Ltd",
        "99000001",
        Decimal(1500),
    )


def test_a_field_that_is_null_is_taken_away(tmp_path):
    update = {"ocid": "a", "date": "2026-05-01T00:00:00Z", "awards": [{"id": "1", "value": None}]}

    (tiles,) = read(tmp_path, [release("a", TILES, amount=1000), update]).suppliers

    assert tiles.amount is None


def test_the_newest_release_is_told_by_the_instant_and_not_by_the_text(tmp_path):
    earlier = release("a", TILES, amount=700, date="2026-04-01T00:30:00+01:00")
    later = release("a", TILES, amount=900, date="2026-03-31T23:45:00Z")

    (tiles,) = read(tmp_path, [earlier, later]).suppliers

    assert tiles.amount == Decimal(900)


def test_the_value_of_the_amended_contract_counts(tmp_path):
    amended = release("a", TILES, amount=1000) | {
        "contracts": [
            {"id": "c", "awardID": "1", "status": "active", "value": {"amount": 1350, "currency": "GBP"}},
            {"id": "d", "awardID": "1", "status": "cancelled", "value": {"amount": 9, "currency": "GBP"}},
        ]
    }

    found = read(tmp_path, [amended])

    assert found.suppliers[0].amount == Decimal(1350)
    assert (
        "award 1: the contract is worth 1,350, as signed or amended; the award said 1,000" in found.warnings
    )


@pytest.mark.parametrize(
    ("value", "amount", "said"),
    [
        ({"amountGross": 1200, "currency": "GBP"}, Decimal(1200), "only a gross value is given, 1,200"),
        ({"amount": 0, "currency": "GBP"}, None, "its value is 0, which stands for 'not given'"),
        ({"amount": "900.50"}, Decimal("900.50"), "contract value"),
    ],
)
def test_gross_zero_and_written_values_are_said(tmp_path, value, amount, said):
    one = release("a", TILES)
    one["awards"][0]["value"] = value

    found = read(tmp_path, [one])

    assert found.suppliers[0].amount == amount
    assert any(said in text for text in found.doubts)


def test_numbers_come_in_the_forms_that_portals_write(tmp_path):
    forms = [
        {"scheme": "COH", "id": "01234567"},
        {"scheme": "GB-COH", "id": "GB-COH-07654321"},
        {
            "scheme": "GB-COH",
            "uri": "https://find-and-update.company-information.service.gov.uk/company/SC123456",
        },
    ]
    releases = [
        release(f"o{at}", {"id": f"p{at}", "name": f"Quernmore {at} Ltd", "identifier": form})
        for at, form in enumerate(forms)
    ]

    found = read(tmp_path, {"releases": releases, "links": {"next": "https://portal.example/?page=2"}})

    assert [one.company_number for one in found.suppliers] == ["01234567", "07654321", "SC123456"]
    assert any("one page of several" in text for text in found.doubts)


def test_one_broken_record_costs_one_record(tmp_path):
    lines = (
        f'{json.dumps(release("a", TILES, amount=5))}\n{{"ocid": "b", '
        f"\n{json.dumps(release('c', GROUT, amount=7))}\n"
    )

    found = read(tmp_path, lines)

    assert [one.amount for one in found.suppliers] == [Decimal(5), Decimal(7)]
    assert "line 2 is no JSON: its releases are left out" in found.doubts


def test_numbers_with_zeros_in_front_and_other_encodings_are_read(tmp_path):
    text = json.dumps(release("a", party("x", "Société 007 Ltd"), amount=5)).replace(
        '"amount": 5', '"amount": 005'
    )
    (tmp_path / "a.json").write_bytes(text.replace("\\u00e9", "é").encode("cp1252"))

    found = read_supplier_list(tmp_path / "a.json")

    assert [(one.name, one.amount) for one in found.suppliers] == [("Société 007 Ltd", Decimal(5))]


def test_records_that_only_link_to_their_releases_are_said(tmp_path):
    linked = {
        "ocid": "b",
        "releases": [{"url": "https://portal.example/r/1", "date": "2026-01-01T00:00:00Z"}],
    }
    compiled = linked | {"ocid": "a", "compiledRelease": release("a", TILES, amount=5)}

    found = read(tmp_path, {"records": [compiled, linked]})

    assert found.suppliers[0].amount == Decimal(5)
    assert any("1 records hold only links" in text for text in found.doubts)
    with pytest.raises(SupplierListError, match="only links to those of 1 records"):
        read(tmp_path, {"records": [linked]})
