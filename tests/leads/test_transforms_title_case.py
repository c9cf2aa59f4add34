"""Names of many places in title case."""

import pytest

from leads import transforms

# Options, before, after; walked by test_transforms too.
CASES = [
    ({}, "anna-maria o'neill", "Anna-Maria O'Neill"),
    ({}, "ANNA-MARIA O’NEILL", "Anna-Maria O’Neill"),
    ({}, "mcdonald", "McDonald"),
    ({}, "MCALLISTER", "McAllister"),
    ({}, "macdonald", "Macdonald"),
    ({}, "x", "X"),
    ({}, "é", "É"),
    ({}, "j.r.r. tolkien", "J.R.R. Tolkien"),
    ({}, "van der berg", "van der Berg"),
    ({}, "JAN VAN DER BERG", "Jan van der Berg"),
    ({}, "van", "Van"),
    ({}, "otto von guericke", "Otto von Guericke"),
    ({}, "maria da silva", "Maria da Silva"),
    ({}, "juan de la cruz", "Juan de la Cruz"),
    ({}, "de niro", "De Niro"),
    ({}, "le pen", "Le Pen"),
    ({"particles": False}, "van der berg", "Van Der Berg"),
    ({}, "gerard 't hooft", "Gerard 't Hooft"),
    ({}, "dall'olio", "Dall'Olio"),
    ({}, "john's", "John's"),
    ({}, "john smith iii", "John Smith III"),
    # Accents, composed or not, and letters with capitals of their own.
    ({}, "ÉMILE ZOLA", "Émile Zola"),
    ({}, "e\u0301mile", "E\u0301mile"),
    ({}, "łukasz żak", "Łukasz Żak"),
    ({}, "ΜΑΡΊΑ", "Μαρία"),
    ({}, "ǆamonja", "ǅamonja"),
    ({}, "ЁЛКИНА", "Ёлкина"),
    ({}, "ნინო", "ნინო"),
    # Turkish where it shows.
    ({}, "ALİ IŞIK", "Ali Işık"),
    ({}, "ismail ışık", "İsmail Işık"),
    ({}, "istanbul", "Istanbul"),
    ({}, "İnci", "İnci"),
    # Whoever wrote it so meant it.
    ({}, "DeShawn", "DeShawn"),
    ({}, "JP Morgan", "JP Morgan"),
    ({}, "Maria E Silva", "Maria E Silva"),
    ({}, "Anna MÜLLER", "Anna Müller"),
    ({}, "Anna-maria O'neill", "Anna-Maria O'Neill"),
    # No case, no change.
    ({}, "שרה כהן", "שרה כהן"),
    ({}, "محمد", "محمد"),
    ({}, "李 小龙", "李 小龙"),
    ({}, "👩‍👩‍👧", "👩‍👩‍👧"),
    ({}, "", ""),
    # Space is not its business.
    ({}, "  anna \t maria ", "  Anna \t Maria "),
]


@pytest.mark.parametrize("after", [after for _options, _before, after in CASES])
def test_what_is_in_title_case_stays_so(after):
    data = {"f": after}

    transforms.make("title_case", "f", {}).apply(data)

    assert data == {"f": after}
