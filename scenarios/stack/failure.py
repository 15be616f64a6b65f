"""The one error that the stack shows to people."""


class StackFailure(Exception):
    """The stack cannot start or go on. The message is one sentence that says what happened and what to do."""
