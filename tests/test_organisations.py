"""What every stage knows of organisations: numbers, names, ids."""

import pytest

from domain.company_numbers import RegisteredForm, normalise_company_number, registered_form
from domain.legal_forms import FORM_WORDS, FORMS, split_form
from domain.organisations import NameKey, name_key, names_organisation, normalise_name, organisation_id


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("7595434", "07595434"),
        ("07595434", "07595434"),
        (" 7595434.0 ", "07595434"),
        ("sc12345", "SC012345"),
        ("SC 123456", "SC123456"),
        ("oc301234", "OC301234"),
        ("R0000123", "R0000123"),
        ("ip00525r", "IP00525R"),
        ("118", "00000118"),
        ("", None),
        (None, None),
        ("N/A", None),
        ("00000000", None),
        ("1", None),
        ("123456789", None),
        ("12345678A", None),
        ("SC1234567", None),
        ("QQ123456", None),  # a supplier's code: no register known here has these letters
        ("V012345", None),
    ],
)
def test_company_numbers_are_written_as_companies_house_does(raw: str | None, number: str | None) -> None:
    assert normalise_company_number(raw) == number


@pytest.mark.parametrize(
    ("number", "name", "commercial"),
    [
        ("01234567", "company", True),
        ("SC123456", "company", True),
        ("R0000035", "company", True),
        ("OC300001", "limited liability partnership", True),
        ("LP009052", "limited partnership", True),
        ("IP00525R", "registered society (co-operative or community benefit)", True),
        ("RC000001", "body with a royal charter", None),
        ("CE000001", "charitable incorporated organisation", None),
        ("FC022100", "overseas company with a UK establishment", True),
    ],
)
def test_the_register_of_a_number_tells_the_legal_form(
    number: str, name: str, commercial: bool | None
) -> None:
    assert registered_form(number) == RegisteredForm(name, commercial)


@pytest.mark.parametrize("number", [None, "OE000001", "QQ000001"])
def test_no_legal_form_without_a_number_or_where_the_register_tells_none(number: str | None) -> None:
    assert registered_form(number) is None


def test_spellings_of_a_name_come_together_and_legal_forms_stay_apart() -> None:
    assert normalise_name("Lamps & Sons' Ltd.") == normalise_name("LAMPS AND SONS LIMITED")
    assert normalise_name("Môr Cymru P.L.C.") == normalise_name("Mor Cymru Public Limited Company")
    assert normalise_name("Acme LLP") != normalise_name("Acme Limited")


def test_an_organisation_without_name_and_number_is_an_error() -> None:
    assert organisation_id("", "7595434") == "gb-coh-07595434"
    assert organisation_id("Lamps & Sons Ltd") == "name-lamps-and-sons-limited"
    with pytest.raises(ValueError, match="needs a name or a company number"):
        organisation_id(" - ", "n/a")


@pytest.mark.parametrize(
    ("name", "core", "form"),
    [
        ("The Quern Mill Ltd.", "quern mill", "limited"),
        ("Cwmni Melin Cyf", "cwmni melin", "limited"),
        ("Melin Cwmni Cyfyngedig Cyhoeddus", "melin", "plc"),
        ("Melin C.C.C.", "melin", "plc"),
        ("Quern Mill Public Limited Company", "quern mill", "plc"),
        ("Quern Limited Partnership", "quern", "lp"),
        ("Quern Limited Liability Partnership", "quern", "llp"),
        ("Melin Partneriaeth Atebolrwydd Cyfyngedig", "melin", "llp"),
        ("Quern C.I.C.", "quern", "cic"),
        ("Quern CIO", "quern", "cio"),
        ("Quern Inc", "quern", "inc"),
        ("Quern Corp.", "quern", "corp"),
        ("Mahlwerk GmbH", "mahlwerk", "gmbh"),
        ("J. P. Quern Unlimited", "jp quern", "unlimited"),
        ("Quern Mill", "quern mill", ""),
        ("Limited", "limited", ""),
        ("Quern Flagship", "quern flagship", ""),
    ],
)
def test_a_name_is_told_from_its_legal_form(name: str, core: str, form: str) -> None:
    assert name_key(name) == NameKey(core, form)


def test_every_class_of_legal_form_is_a_word_for_patterns() -> None:
    assert set(FORMS) == {"limited", "plc", "llp", "lp", "cic", "cio", "unlimited", "inc", "corp"}
    assert all(split_form(f"quern {form}") == ("quern", form) for form in FORMS)
    assert all(FORM_WORDS.fullmatch(form) for form in FORMS)


@pytest.mark.parametrize(
    ("text", "organisation", "expected"),
    [
        ("Quernmore Tiles Ltd makes tiles.", "QUERNMORE TILES LIMITED", True),
        ("Quernmore (Kendal) Tiles makes tiles.", "QUERNMORE TILES LIMITED", True),
        ("We lay tiles. They are made at Quernmore.", "QUERNMORE TILES LIMITED", False),
        ("Quernmore Grout makes grout.", "QUERNMORE TILES LIMITED", False),
        ("Anything at all.", "Group Services Limited", None),
        ("The QB Group buys cloth.", "QB plc", True),
        ("QB buys cloth.", "qb Limited", True),
        ("We acqbire cloth; qbs are many.", "QB plc", False),
        ("We subtract nothing.", "BT plc", False),
        ("This is what it means.", "IT Limited", None),
        ("Q&B sells cloth.", "Q & B Limited", True),
        ("The Kent Police and Crime Commissioner holds the chief constable to account.",
         "Kent Police and Crime Commissioner", True),
        ("Kent Police and Crime Commissioner", "The Kent Police and Crime Commissioner", True),
        ("The Police and Crime Commissioner for Kent", "Kent Police and Crime Commissioner", True),
        ("Kent County Council buys food.", "Kent Police and Crime Commissioner", False),
        ("We farm in Kent.", "Kent County Council", False),
        ("Nothing of a police officer; the farm lies in a valley far from any town, road, rail or river in "
         "Kent.",
         "Kent Police and Crime Commissioner", False),
    ],
)  # fmt: skip
def test_a_text_names_an_organisation_in_whole_words(
    text: str, organisation: str, expected: bool | None
) -> None:
    assert names_organisation(text, organisation) is expected
