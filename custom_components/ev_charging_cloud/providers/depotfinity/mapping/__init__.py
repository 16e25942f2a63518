"""The only place that knows both DepotFinity's words and the model."""

from .answers import accepted
from .live import Reading, Sample, Statuses, samples
from .sessions import Mapper, Page

__all__ = ["Mapper", "Page", "Reading", "Sample", "Statuses", "accepted", "samples"]
