"""The only place that knows both the gateway's words and the model."""

from ..wire import BrokenRecordError
from .cdrs import Bill, bill, settled
from .commands import command_result, is_failure, token_uid
from .locations import locations
from .sessions import Asked, Mapper, Reading

__all__ = [
    "Asked",
    "Bill",
    "BrokenRecordError",
    "Mapper",
    "Reading",
    "bill",
    "command_result",
    "is_failure",
    "locations",
    "settled",
    "token_uid",
]
