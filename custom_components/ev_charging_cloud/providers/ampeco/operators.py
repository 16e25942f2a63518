"""The operators that are known (fact sheet ampeco 2 and 3).

No operator publishes its app's client secret, so none is here. A missing way to sign
in is one that nobody has been seen to use.
"""

from typing import Literal

import msgspec

PASSWORD = "password"
REFRESH_TOKEN = "refresh_token"
ACCESS_TOKEN = "access_token"


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant of AMPECO.

    ``start_id`` says which id of an EVSE a start wants, ``stop_path`` which call ends
    a session, ``active_route`` whether public sessions can be asked for, and ``zone``
    what the zone-less times of its price forecast mean.
    """

    key: str
    name: str
    host: str
    country: str | None = None
    zone: str | None = None
    methods: tuple[str, ...] = (PASSWORD, REFRESH_TOKEN, ACCESS_TOKEN)
    start_id: Literal["id", "identifier"] = "id"
    stop_path: Literal["end", "stop"] = "end"
    active_route: bool = True


OTHER = "ampeco"
TOKENS = (REFRESH_TOKEN, ACCESS_TOKEN)

OPERATORS: dict[str, Operator] = {
    operator.key: operator
    for operator in (
        Operator(
            key="drivee",
            name="Drivee",
            host="drivee.eu.charge.ampeco.tech",
            country="DK",
            zone="Europe/Copenhagen",
        ),
        Operator(
            key="elaway",
            name="Elaway",
            host="no.eu-elaway.charge.ampeco.tech",
            country="NO",
            zone="Europe/Oslo",
            methods=TOKENS,
        ),
        Operator(
            key="exploren",
            name="Exploren",
            host="exploren.au.charge.ampeco.tech",
            country="AU",
            start_id="identifier",
            stop_path="stop",
        ),
        Operator(
            key="ignitis",
            name="Ignitis ON",
            host="ignitis.eu-ignitis.charge.ampeco.tech",
            country="LT",
            zone="Europe/Vilnius",
        ),
        Operator(
            key="ikrautas",
            name="IKRAUTAS",
            host="ikrautas.eu.charge.ampeco.tech",
            country="LT",
            zone="Europe/Vilnius",
        ),
        Operator(
            key="evgo_ma",
            name="EVgo Morocco",
            host="evgo.eu-evgo.charge.ampeco.tech",
            country="MA",
            zone="Africa/Casablanca",
            methods=TOKENS,
        ),
        Operator(
            key="evedge",
            name="EV Edge",
            host="evedge.il-evedge.charge.ampeco.tech",
            country="IL",
            zone="Asia/Jerusalem",
            methods=TOKENS,
        ),
        Operator(
            key="uaev",
            name="UAEV",
            host="uaev.uae-uaev.charge.ampeco.tech",
            country="AE",
            zone="Asia/Dubai",
            methods=TOKENS,
        ),
        Operator(
            key="wattvolt",
            name="WattVolt",
            host="wattvolt.eu.charge.ampeco.tech",
            country="GR",
            zone="Europe/Athens",
            methods=TOKENS,
        ),
        Operator(
            key="gofar",
            name="Gofar",
            host="gofar.eu.charge.ampeco.tech",
            country="AZ",
            zone="Asia/Baku",
            methods=TOKENS,
        ),
        Operator(
            key="ezvolt",
            name="ezVolt",
            host="ezvolt.eu.charge.ampeco.tech",
            country="BR",
            methods=TOKENS,
        ),
        Operator(
            key="efrend",
            name="eFrend",
            host="efrend.eu.charge.ampeco.tech",
            country="SI",
            zone="Europe/Ljubljana",
            methods=TOKENS,
        ),
        Operator(
            key="sha7en",
            name="Sha7en",
            host="sha7en.eu.charge.ampeco.tech",
            country="EG",
            zone="Africa/Cairo",
            methods=TOKENS,
        ),
        Operator(
            key="megatel",
            name="MegaTel",
            host="",
            country="SI",
            zone="Europe/Ljubljana",
            methods=TOKENS,
            active_route=False,
        ),
        Operator(
            key="swisscharge",
            name="Swisscharge",
            host="",
            country="CH",
            zone="Europe/Zurich",
            methods=TOKENS,
        ),
        Operator(
            key="martev",
            name="mart EV",
            host="cp.martev.io",
            country="GE",
            zone="Asia/Tbilisi",
            methods=TOKENS,
        ),
        Operator(
            key="moveo",
            name="MOVEO",
            host="cp.moveo.ge",
            country="GE",
            zone="Asia/Tbilisi",
            methods=TOKENS,
        ),
        Operator(
            key="electrify_georgia",
            name="Electrify Georgia",
            host="cp.electrify.ge",
            country="GE",
            zone="Asia/Tbilisi",
            methods=TOKENS,
        ),
        Operator(
            key="evpower_ge",
            name="EV Power",
            host="cp.evpower.ge",
            country="GE",
            zone="Asia/Tbilisi",
            methods=TOKENS,
        ),
        Operator(key=OTHER, name="AMPECO", host=""),
    )
}
