"""The body of `POST /shows`, checked by Pydantic, and the command it means."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.config import JsonDict

from contracts import problems
from contracts.commands import Presale, SalePolicy, SaleWindow, ScheduleShow
from contracts.limits import (
    HOLD_SECONDS_DEFAULT,
    HOLD_SECONDS_LEAST,
    HOLD_SECONDS_MOST,
    LABEL_CHARACTERS,
    LATEST_INSTANT,
    PRICE_MINOR,
    SEAT_NUMBER,
    SEATS_PER_HOLD,
    SEATS_PER_SHOW,
    SHOW_ID_CHARACTERS,
    TITLE_CHARACTERS,
)
from contracts.seat_plans import Row, SeatPlan, Section
from write_side.api.answers import told
from write_side.api.bodies import PRESALE_CODE_CHARACTERS, not_json, presale_digest
from write_side.api.incoming import Rejected

PROBLEMS_TOLD: Final = 20
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_JSON_INVALID: Final = "json_invalid"
_EXAMPLE: Final[JsonDict] = {
    "title": "Tosca",
    "venue": "Opera",
    "starts_at": "2030-05-01T19:30:00Z",
    "sale": {"opens_at": "2026-01-01T10:00:00Z", "closes_at": "2030-05-01T19:30:00Z"},
    "plan": {"sections": [{"name": "A", "rows": [{"name": "1", "seats": 12, "category": "gold"}]}]},
    "prices": {"gold": 9000},
    "currency": "EUR",
}


def _recordable(moment: datetime) -> datetime:
    if not 0 <= _milliseconds(moment) <= LATEST_INSTANT:
        raise ValueError("must be from 1970 to 9999")
    return moment


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


Moment = Annotated[AwareDatetime, AfterValidator(_recordable)]
Name = Annotated[str, Field(min_length=1, max_length=LABEL_CHARACTERS)]
Text = Annotated[str, Field(min_length=1, max_length=TITLE_CHARACTERS)]
Price = Annotated[int, Field(ge=0, le=PRICE_MINOR)]
SeatNumber = Annotated[int, Field(ge=1, le=SEAT_NUMBER)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RowPart(_Part):
    """`seats` seats side by side, numbered from `first`; `accessible` lists numbers of this row."""

    name: Name
    seats: Annotated[int, Field(ge=1, le=SEATS_PER_SHOW)]
    first: Annotated[int, Field(ge=1, le=SEATS_PER_SHOW)] = 1
    category: Name
    accessible: Annotated[list[SeatNumber], Field(max_length=SEATS_PER_SHOW)] = []


class SectionPart(_Part):
    """Rows from the stage backwards."""

    name: Name
    rows: Annotated[list[RowPart], Field(min_length=1)]


class PlanPart(_Part):
    """The house; a seat's label is `section-row-number`."""

    sections: Annotated[list[SectionPart], Field(min_length=1)]


class SalePart(_Part):
    """When seats can be had: from `opens_at` (inclusive) to `closes_at` (exclusive)."""

    opens_at: Moment
    closes_at: Moment


class PresalePart(_Part):
    """From `opens_at` until the sale opens, who knows the code may hold. Only a digest of the code is recorded."""

    opens_at: Moment
    code: Annotated[str, Field(min_length=1, max_length=PRESALE_CODE_CHARACTERS)]


class PolicyPart(_Part):
    """The rules of the sale."""

    hold_seconds: Annotated[int, Field(ge=HOLD_SECONDS_LEAST, le=HOLD_SECONDS_MOST)] = HOLD_SECONDS_DEFAULT
    seats_per_hold: Annotated[int, Field(ge=1, le=SEATS_PER_HOLD)] = SEATS_PER_HOLD
    seats_per_buyer: Annotated[int, Field(ge=1, le=SEATS_PER_SHOW)] | None = None
    leave_no_single_seat: bool = False


class ShowRequest(_Part):
    """A show to be put on sale. `prices` maps each category to minor units of `currency`; times are RFC 3339."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=SHOW_ID_CHARACTERS)] | None = None
    title: Text
    venue: Text
    starts_at: Moment
    sale: SalePart
    plan: PlanPart
    prices: Annotated[dict[Name, Price], Field(min_length=1)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    presale: PresalePart | None = None
    policy: PolicyPart = PolicyPart()

    def command(self, organiser_id: str, show_id: str) -> ScheduleShow:
        """The command that this organiser means by it."""
        return ScheduleShow(
            organiser_id=organiser_id,
            title=self.title,
            venue=self.venue,
            starts_at=_milliseconds(self.starts_at),
            sale=SaleWindow(opens_at=_milliseconds(self.sale.opens_at), closes_at=_milliseconds(self.sale.closes_at)),
            plan=SeatPlan(sections=tuple(_section(section) for section in self.plan.sections)),
            prices=self.prices,
            currency=self.currency,
            presale=None
            if self.presale is None
            else Presale(
                opens_at=_milliseconds(self.presale.opens_at), code_digest=presale_digest(show_id, self.presale.code)
            ),
            policy=SalePolicy(**self.policy.model_dump()),
        )


def show_request(body: bytes) -> ShowRequest:
    """A checked request. Raises Rejected: 400 for what is no JSON, 422 naming up to PROBLEMS_TOLD fields."""
    try:
        return ShowRequest.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        if found[0]["type"] == _JSON_INVALID:
            raise not_json(found[0]["msg"]) from error
        fields = [(_path(each["loc"]), each["msg"]) for each in found[:PROBLEMS_TOLD]]
        raise Rejected(told(422, problems.invalid(422, fields))) from error


def _section(part: SectionPart) -> Section:
    rows = tuple(
        Row(name=row.name, seats=row.seats, first=row.first, category=row.category, accessible=tuple(row.accessible))
        for row in part.rows
    )
    return Section(name=part.name, rows=rows)


def _path(location: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.lstrip(".") or "body"
