"""A page of a list, which is not sent again to who has it already."""

from typing import Annotated

from fastapi import Header, Response

from read_side.api import answers
from read_side.api.conditions import etag_of_page, matches

IfNoneMatch = Annotated[str | None, Header(description="The ETag that you have; 304 if it is still the version.")]


def told_page(page: object, if_none_match: str | None) -> Response:
    """The page with its ETag, or 304."""
    body = answers.encode(page)
    headers = {"ETag": etag_of_page(body)}
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=answers.JSON)
