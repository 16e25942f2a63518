"""The only place that knows both AMPECO's words and the model."""

from ..wire import is_missing_route
from .objects import Mapper
from .pages import Page, Pages, account_id
from .prices import forecast

__all__ = ["Mapper", "Page", "Pages", "account_id", "forecast", "is_missing_route"]
