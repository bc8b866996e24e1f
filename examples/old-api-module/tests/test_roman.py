import pytest
import roman


@pytest.mark.parametrize(
    ("number", "text"), [(1, "I"), (1994, "MCMXCIV"), (3999, "MMMCMXCIX")]
)
def test_to_roman(number, text):
    assert roman.to_roman(number) == text


def test_zero_has_no_numeral():
    with pytest.raises(ValueError, match="from 1 to 3999"):
        roman.to_roman(0)
