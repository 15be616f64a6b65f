"""Hypothesis strategies for our messages, read from their msgspec types: whatever a type allows, nothing else."""

from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
INTEGER_BITS = 63


def values_of(type_: Any) -> st.SearchStrategy[Any]:
    """Values of a message type, such as a msgspec Struct."""
    return _values(inspect.type_info(type_))


def _values(info: inspect.Type) -> st.SearchStrategy[Any]:
    match info:
        case inspect.StructType():
            fields = {field.name: _values(field.type) for field in info.fields}
            return st.builds(info.cls, **fields)
        case inspect.UnionType():
            return st.one_of([_values(one) for one in info.types])
        case inspect.IntType():
            least = -(2**INTEGER_BITS) if info.ge is None else info.ge
            return st.integers(least, 2**INTEGER_BITS if info.le is None else info.le)
        case inspect.StrType():
            return TEXT
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.EnumType():
            return st.sampled_from(info.cls)
        case inspect.DictType():
            return st.dictionaries(_values(info.key_type), _values(info.value_type), max_size=3)
        case inspect.VarTupleType():
            return st.lists(_values(info.item_type), min_size=info.min_length or 0, max_size=3).map(tuple)
        case inspect.TupleType():
            return st.tuples(*[_values(one) for one in info.item_types])
        case inspect.RawType():
            return st.just(msgspec.Raw(b"{}"))
        case _:
            raise NotImplementedError(f"no values of {info}")
