"""The switches of eMabler's OCPI endpoint."""

from dataclasses import dataclass
from typing import Literal

from ..ocpi.profile import OcpiProfile
from .numbering import Numbering

type Rendering = Literal[
    "camel_int",
    "camel_numeric_string",
    "camel_names",
    "snake_names",
    "snake_int",
    "mixed",
]


@dataclass(frozen=True, kw_only=True)
class EmablerProfile(OcpiProfile):
    """Describe the endpoint; where the sheet leaves something open, by its guess.

    The first rendering is what is documented, snake_names what is probably sent.
    """

    rendering: Rendering = "camel_int"
    numbering: Numbering = "2.2.1"
    status_code_zero: bool = False
    offers_versions: bool = False
    versions: tuple[str, ...] = ("2.1.1", "2.2.1")
    token_encoding: Literal["version", "both", "raw", "base64"] = "base64"
    strict_date_from: bool = False
    null_fields: bool = True
    datetimes: Literal["zulu", "offset", "naive", "space", "fraction"] = "fraction"
