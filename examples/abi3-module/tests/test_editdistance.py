import editdistance


def test_distance():
    assert editdistance.distance("kitten", "sitting") == 3


def test_distance_to_nothing_is_the_length():
    assert editdistance.distance("", "crab") == 4


def test_only_the_limited_api_is_used():
    assert editdistance.LIMITED_API is True
