"""What a session costs by an OCPI tariff (fact sheet ocpi 10, 11 and 16)."""

from .bill import bill, is_free, rate
from .shapes import (
    Amount,
    Component,
    Element,
    Kind,
    Limit,
    Rate,
    Restrictions,
    Segment,
    Tariff,
)

__all__ = [
    "Amount",
    "Component",
    "Element",
    "Kind",
    "Limit",
    "Rate",
    "Restrictions",
    "Segment",
    "Tariff",
    "bill",
    "is_free",
    "rate",
]
