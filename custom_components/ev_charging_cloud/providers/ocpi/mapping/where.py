"""The place that a session or a CDR names (fact sheet ocpi 8.2, 11 and 17, 16)."""

from functools import lru_cache

import msgspec

from .. import wire
from .locations import place_of, whole_address
from .names import Owner, folded, place_key, sent
from .shapes import Place


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """A place, its ids as received; the location is there where it was described."""

    location_id: str | None
    evse_uid: str | None
    connector_id: str | None
    evse_id: str | None
    place: Place | None = None
    name: str | None = None
    identifier: str | None = None


type Ids = tuple[str | None, str | None, str | None]


def where_of(
    whose: Owner, ids: Ids, location: wire.Location | None, unknown: set[str]
) -> Where:
    """Return a place by the ids of location, EVSE and connector, or as described."""
    if location is None:
        return _named(whose, *ids)
    return _described(location, whose, ids, unknown)


@lru_cache(maxsize=1024)
def _named(
    whose: Owner,
    location_id: str | None,
    evse_uid: str | None,
    connector_id: str | None,
) -> Where:
    """Return a place that is named by its ids."""
    location_id, evse_uid = sent(location_id), sent(evse_uid)
    evse_id = None
    if location_id is not None and evse_uid is not None:
        evse_id = f"{place_key(whose, location_id)}/{evse_uid.casefold()}"
    return Where(
        location_id=location_id,
        evse_uid=evse_uid,
        connector_id=sent(connector_id),
        evse_id=evse_id,
        identifier=evse_uid,
    )


def _described(
    location: wire.Location,
    whose: Owner,
    ids: Ids,
    unknown: set[str],
) -> Where:
    """Return a place that is described as a whole, as in 2.1.1.

    A location with several EVSEs, or with none, does not tell which one it was.
    """
    place = place_of(location, whose, unknown)
    location_id, evse_uid, connector_id = ids
    wanted = folded(evse_uid)
    evses = [
        one
        for one in location.evses or ()
        if (uid := folded(one.uid)) and wanted in (None, uid)
    ]
    identifier = None
    if len(evses) == 1:
        (evse,) = evses
        evse_uid, identifier = evse.uid, sent(evse.evse_id)
        connectors = evse.connectors or []
        if connector_id is None and len(connectors) == 1:
            connector_id = connectors[0].id
    found = _named(
        whose if place is None else place.owner,
        sent(location_id) or location.id,
        evse_uid,
        connector_id,
    )
    return msgspec.structs.replace(
        found,
        place=place,
        name=sent(location.name) or whole_address(location),
        identifier=identifier or found.identifier,
    )
