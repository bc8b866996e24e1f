import pytest
import wordcount


def test_counts_words():
    assert wordcount.count("One, two - THREE!") == 3


def test_most_common_words_come_first():
    text = "the cat and the dog and the bird"
    assert wordcount.most_common(text, 2) == [("the", 3), ("and", 2)]


def test_zero_words_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        wordcount.most_common("a b", number=0)
