"""The only place that knows both OCPI's words and the model."""

from .commands import command_result, preference_result
from .mapper import Mapper, Translate
from .shapes import Bill, Own, Place, Reading

__all__ = [
    "Bill",
    "Mapper",
    "Own",
    "Place",
    "Reading",
    "Translate",
    "command_result",
    "preference_result",
]
