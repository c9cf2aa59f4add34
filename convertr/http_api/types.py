"""Types of calls' bodies: what the database can't store is refused before it gets there."""

from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, Field

MOST_ID = 2**63 - 1


def whole_number(text: str, most: int) -> int | None:
    """The number that the digits 0–9 write, if `most` at most; None for all else, at any length."""
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0")
    if len(digits) > len(str(most)):
        return None
    number = int(digits or "0")
    return number if number <= most else None


def storable(text: str) -> str:
    """The text, if the database can keep it: no NUL, no half of a character."""
    if not text.isprintable() and any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in text):
        raise ValueError("holds characters that can't be stored")
    return text


def _number(value: Any) -> Any:
    if isinstance(value, (bool, str)):
        raise ValueError("must be a number")  # noqa: TRY004  pydantic's way
    return value


def _one_line(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise ValueError("holds a line break")
    return storable(text)


# An id as callers send it; one that is none is told in its row.
Key = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_one_line)]
Text = Annotated[str, Field(max_length=255), AfterValidator(storable)]
LongText = Annotated[str, Field(max_length=10_000), AfterValidator(storable)]
Flag = Annotated[bool, Field(strict=True)]
Id = Annotated[int, Field(ge=0, le=MOST_ID)]
# An amount of money: 0 or more, at most 4 decimals and 12 digits before them.
Amount = Annotated[
    Decimal,
    BeforeValidator(_number, json_schema_input_type=float),
    Field(ge=0, max_digits=16, decimal_places=4),
]


class Error(Schema):
    """What every refused call answers."""

    error: str


class Problem(Schema):
    """What every refused call of /api answers (RFC 9457)."""

    type: str = Field(examples=["urn:convertr:error:not_signed", "about:blank"])
    title: str
    detail: str


class Result(Schema):
    result: bool


class Paging(Schema):
    page: int
    page_size: int
    total_count: int
