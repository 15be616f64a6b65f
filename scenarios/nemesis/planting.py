"""Putting something else in the place of a method, for the life of a wrapped process."""


def plant(owner: type, method: str, instead: object) -> None:
    """From now on calls of this method reach `instead`. Raises AttributeError if there is no such method."""
    getattr(owner, method)
    setattr(owner, method, instead)
