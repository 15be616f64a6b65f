"""Query parameters that more than one route takes; a name that a route does not know is a 422."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

PAGE_DEFAULT: Final = 50
PAGE_MOST: Final = 200


class Nothing(BaseModel):
    """For routes without parameters."""

    model_config = ConfigDict(extra="forbid")


class Page(BaseModel):
    """`cursor` is the `next` of the page before."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=PAGE_MOST)] = PAGE_DEFAULT
    cursor: Annotated[str | None, Field(max_length=400)] = None
