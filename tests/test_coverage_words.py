"""The words for levels and values stand in one place, for every rubric."""

import pytest

from domain.coverage import ANSWERS, CHECK_VALUES, LEVELS, STATUSES, check_value, level_meanings
from domain.rubric import RUBRICS_DIR, load_rubric


def test_levels_stand_fullest_first() -> None:
    assert list(LEVELS) == ["substantive", "described", "mentioned", "none", "unsure", "could_not_check"]
    assert list(STATUSES) == ["done", "planned", "denied"]
    assert set(ANSWERS) - set(CHECK_VALUES) == {"not_answered"}


@pytest.mark.parametrize("rubric", sorted(path.stem for path in RUBRICS_DIR.glob("*.yaml")))
def test_every_level_is_explained_by_the_numbers_of_the_rubric(rubric: str) -> None:
    rules = load_rubric(rubric).levels
    meanings = level_meanings(rules)

    assert list(meanings) == list(LEVELS)
    assert f"At least {rules.substantive_sentences} sentences" in meanings["substantive"]
    assert f"or {rules.described_or_specific} with a figure" in meanings["described"]
    assert not any("{" in text for text in meanings.values())


def test_silence_is_no_passage_found_and_never_a_no() -> None:
    assert check_value("approved", "no") == "No passage found"
    assert check_value("no_steps", "no") == "No"
    assert check_value("signed", "yes") == "Yes"
