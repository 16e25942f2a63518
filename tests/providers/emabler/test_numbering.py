"""Which of two orders the numbers follow, and what comes out while that is open."""

from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.emabler.dialect import Dialect

STANDARDS = [
    "CHADEMO",
    "CHAOJI",
    "DOMESTIC_A",
    "DOMESTIC_B",
    "DOMESTIC_C",
    "DOMESTIC_D",
    "DOMESTIC_E",
    "DOMESTIC_F",
    "DOMESTIC_G",
    "DOMESTIC_H",
    "DOMESTIC_I",
    "DOMESTIC_J",
    "DOMESTIC_K",
    "DOMESTIC_L",
    "DOMESTIC_M",
    "DOMESTIC_N",
    "DOMESTIC_O",
    "GBT_AC",
    "GBT_DC",
    "IEC_60309_2_single_16",
    "IEC_60309_2_three_16",
    "IEC_60309_2_three_32",
    "IEC_60309_2_three_64",
    "IEC_62196_T1",
    "IEC_62196_T1_COMBO",
    "IEC_62196_T2",
    "IEC_62196_T2_COMBO",
    "IEC_62196_T3A",
    "IEC_62196_T3C",
    "NEMA_5_20",
    "NEMA_6_30",
    "NEMA_6_50",
    "NEMA_10_30",
    "NEMA_10_50",
    "NEMA_14_30",
    "NEMA_14_50",
    "PANTOGRAPH_BOTTOM_UP",
    "PANTOGRAPH_TOP_DOWN",
    "TESLA_R",
    "TESLA_S",
]
OLD_STANDARDS = [
    "CHADEMO",
    "DOMESTIC_A",
    "DOMESTIC_B",
    "DOMESTIC_C",
    "DOMESTIC_D",
    "DOMESTIC_E",
    "DOMESTIC_F",
    "DOMESTIC_G",
    "DOMESTIC_H",
    "DOMESTIC_I",
    "DOMESTIC_J",
    "DOMESTIC_K",
    "DOMESTIC_L",
    "IEC_60309_2_single_16",
    "IEC_60309_2_three_16",
    "IEC_60309_2_three_32",
    "IEC_60309_2_three_64",
    "IEC_62196_T1",
    "IEC_62196_T1_COMBO",
    "IEC_62196_T2",
    "IEC_62196_T2_COMBO",
    "IEC_62196_T3A",
    "IEC_62196_T3C",
    "PANTOGRAPH_BOTTOM_UP",
    "PANTOGRAPH_TOP_DOWN",
    "TESLA_R",
    "TESLA_S",
]
POWER_TYPES = ["AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC"]
OLD_POWER_TYPES = ["AC_1_PHASE", "AC_3_PHASE", "DC", "AC_2_PHASE", "AC_2_PHASE_SPLIT"]
CAPABILITIES = [
    "START_SESSION_CONNECTOR_REQUIRED",
    "TOKEN_GROUP_CAPABLE",
    "UNLOCK_CAPABLE",
]
NAMED = {"connectors": [{"standard": "IEC_62196_T2", "powerType": "AC_3_PHASE"}]}


def connector(standard: Any = None, power: Any = None, **facts: Any) -> dict[str, Any]:
    """Return a connector with numbers for what it is."""
    return {"standard": standard, "powerType": power, **facts}


def kind_of(dialect: Dialect, source: dict[str, Any]) -> tuple[Any, Any]:
    """Return standard and power type of a connector, by the dialect."""
    found = dialect("location", {"evses": [{"connectors": [source]}]})
    (one,) = found["evses"][0]["connectors"]
    return one["standard"], one["power_type"]


@pytest.mark.parametrize("text", [False, True], ids=["number", "text"])
@pytest.mark.parametrize(
    ("order", "names"), [("2.2.1", STANDARDS), ("2.2", OLD_STANDARDS)]
)
def test_the_standards_in_a_chosen_order(
    order: str, names: list[str], text: bool
) -> None:
    """All 40, or the 27 whose place in the other order is known."""
    dialect = Dialect(order)
    assert (len(STANDARDS), len(OLD_STANDARDS)) == (40, 27)
    for number in range(40):
        value = str(number) if text else number
        expected = names[number] if number < len(names) else None
        assert kind_of(dialect, connector(value)) == (expected, None)
    assert kind_of(dialect, connector(40)) == ("40", None)
    assert not dialect.ambiguous
    assert dialect.numbering == order


@pytest.mark.parametrize(
    ("order", "names"), [("2.2.1", POWER_TYPES), ("2.2", OLD_POWER_TYPES)]
)
def test_the_power_types_in_a_chosen_order(order: str, names: list[str]) -> None:
    """All five."""
    for number, name in enumerate(names):
        assert kind_of(Dialect(order), connector(None, number)) == (None, name)


@pytest.mark.parametrize(
    ("order", "names"),
    [("2.2.1", CAPABILITIES), ("2.2", [*CAPABILITIES[1:], CAPABILITIES[0]])],
)
def test_the_capabilities_in_a_chosen_order(order: str, names: list[str]) -> None:
    """The last three."""
    found = Dialect(order)("evse", {"capabilities": [10, "11", 12]})
    assert found == {"capabilities": names}


def test_an_order_that_does_not_exist() -> None:
    """A setting that is wrong is said at once."""
    with pytest.raises(ValueError, match="2.3"):
        Dialect("2.3")


DECISIVE = [
    # Type 2 on three phases, or a Roadster's connector on two.
    ("2.2.1", connector(25, 3, voltage=230, amperage=32), "IEC_62196_T2", "AC_3_PHASE"),
    ("2.2.1", connector(25, 3), "IEC_62196_T2", "AC_3_PHASE"),
    ("2.2.1", connector("25", "3"), "IEC_62196_T2", "AC_3_PHASE"),
    ("2.2.1", connector(25, "AC_3_PHASE"), "IEC_62196_T2", "AC_3_PHASE"),
    ("2.2.1", connector(25, 1), "IEC_62196_T2", "AC_2_PHASE"),
    ("2.2.1", connector(25, 4, voltage=400), "IEC_62196_T2", "DC"),
    ("2.2.1", connector(26, 4, max_voltage=500), "IEC_62196_T2_COMBO", "DC"),
    ("2.2.1", connector(None, 2, voltage=120), None, "AC_2_PHASE_SPLIT"),
    ("2.2.1", connector(24, 4), "IEC_62196_T1_COMBO", "DC"),
    ("2.2.1", connector(0, 4, maxVoltage=500), "CHADEMO", "DC"),
    ("2.2", connector(19, 1, voltage=230, amperage=32), "IEC_62196_T2", "AC_3_PHASE"),
    ("2.2", connector(19, 1), "IEC_62196_T2", "AC_3_PHASE"),
    ("2.2", connector(19, 0, amperage=32), "IEC_62196_T2", "AC_1_PHASE"),
    ("2.2", connector(19, "AC_3_PHASE"), "IEC_62196_T2", "AC_3_PHASE"),
    ("2.2", connector(20, 2, voltage=500), "IEC_62196_T2_COMBO", "DC"),
    ("2.2", connector(20, 2, voltage="500"), "IEC_62196_T2_COMBO", "DC"),
    ("2.2", connector(20, 2), "IEC_62196_T2_COMBO", "DC"),
    ("2.2", connector(0, 2, voltage=500), "CHADEMO", "DC"),
    ("2.2", connector("IEC_62196_T2_COMBO", 2), "IEC_62196_T2_COMBO", "DC"),
]


@pytest.mark.parametrize(("order", "source", "standard", "power"), DECISIVE)
def test_a_connector_that_decides(
    order: str, source: Any, standard: str | None, power: str
) -> None:
    """Its numbers make sense in one order only, which then holds for all."""
    dialect = Dialect()
    assert kind_of(dialect, source) == (standard, power)
    assert dialect.numbering == order
    assert not dialect.ambiguous
    found = dialect("evse", {"capabilities": [12]})
    place = ["2.2.1", "2.2"].index(order)
    assert found["capabilities"] == [(CAPABILITIES[2], CAPABILITIES[0])[place]]


@pytest.mark.parametrize(
    ("source", "standard", "power"),
    [
        (connector(25, 0, voltage=230, amperage=32), None, "AC_1_PHASE"),
        (connector(19, 0, amperage=16), None, "AC_1_PHASE"),
        (connector(26, 4), None, None),
        (connector(26, 0), None, None),
        (connector(0, 3), None, None),
        (connector(0, 4), None, None),
        (connector(0, 1, voltage=230), None, None),
        (connector(None, 3), None, None),
        (connector(39, None), None, None),
        (connector(28, 3, voltage=230), None, None),
    ],
)
def test_a_connector_that_leaves_it_open(
    source: Any, standard: str | None, power: str | None
) -> None:
    """What may be wrong is not shown, and somebody has to choose."""
    dialect = Dialect()
    assert kind_of(dialect, source) == (standard, power)
    assert dialect.numbering is None
    assert dialect.ambiguous


@pytest.mark.parametrize(
    "source",
    [
        NAMED,
        {"capabilities": [0, 9, "UNLOCK_CAPABLE"]},
        {"connectors": [connector(0, 0)]},
        {"connectors": [connector(99, "7", voltage=230)]},
    ],
)
def test_what_needs_no_order(source: Any) -> None:
    """Names, and numbers that both orders share or neither has."""
    dialect = Dialect()
    dialect("evse", source)
    assert not dialect.ambiguous
    assert dialect.numbering is None


def test_open_capabilities_are_unknown_words() -> None:
    """Neither unlocking nor a connector to be named is assumed."""
    dialect = Dialect()
    found = dialect("evse", {"capabilities": [7, 10, "12", 13]})
    assert found["capabilities"] == ["REMOTE_START_STOP_CAPABLE", "10", "12", "13"]
    assert dialect.ambiguous


def test_what_was_open_is_known_later() -> None:
    """One connector that decides is enough, also at another place of the object."""
    dialect = Dialect()
    single = connector(25, 0, voltage=230, amperage=16)
    assert kind_of(dialect, single) == (None, "AC_1_PHASE")
    assert dialect.ambiguous
    three = connector(25, 3, voltage=230, amperage=32)
    evse = {"capabilities": [12], "connectors": [single, three]}
    found = dialect("location", {"evses": [evse]})["evses"][0]
    assert found["connectors"][0]["standard"] == "IEC_62196_T2"
    assert found["capabilities"] == ["UNLOCK_CAPABLE"]
    assert not dialect.ambiguous


def test_the_place_of_a_cdr_decides_too() -> None:
    """It has names of its own for the same."""
    place = {"connectorStandard": 19, "connectorPowerType": 1, "connectorFormat": 1}
    assert Dialect()("cdr", {"cdrLocation": place})["cdr_location"] == {
        "connector_standard": "IEC_62196_T2",
        "connector_power_type": "AC_3_PHASE",
        "connector_format": "CABLE",
    }


@pytest.mark.parametrize(
    ("order", "wrong", "many"),
    [("2.2", (25, 3), (19, 1)), ("2.2.1", (19, 1), (25, 3))],
)
def test_one_wrong_connector_among_many(
    order: str, wrong: tuple[int, int], many: tuple[int, int]
) -> None:
    """As many as four that agree outweigh it, seen once or a hundred times."""
    dialect = Dialect()
    for _ in range(100):
        kind_of(dialect, connector(*wrong))
    seen = [dialect.numbering]
    for amperes in (8, 10, 16, 32):
        kind_of(dialect, connector(*many, amperage=amperes))
        seen.append(dialect.numbering)
        assert dialect.ambiguous is (dialect.numbering is None)
    assert seen[0] not in {order, None}
    assert seen[1:] == [None, None, None, order]


def test_a_chosen_order_stands_against_all_evidence() -> None:
    """Who chose it knows why."""
    dialect = Dialect("2.2")
    for amperes in range(6, 33):
        found = kind_of(dialect, connector(25, 3, amperage=amperes))
        assert found == ("TESLA_R", "AC_2_PHASE")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (connector(0, 0, voltage=0, amperage=0), (None, None)),
        (connector(0, "AC_3_PHASE"), (None, "AC_3_PHASE")),
        (connector("IEC_62196_T2_COMBO", 0), ("IEC_62196_T2_COMBO", None)),
        (connector("IEC_62196_T2", 0, voltage=400), ("IEC_62196_T2", None)),
        (connector("IEC_62196_T2", 0, voltage=230), ("IEC_62196_T2", "AC_1_PHASE")),
        (connector(0, "DC", voltage=500), ("CHADEMO", "DC")),
        (connector(0), ("CHADEMO", None)),
        (connector(None, 0), (None, "AC_1_PHASE")),
        (connector("CHADEMO", "AC_3_PHASE"), ("CHADEMO", "AC_3_PHASE")),
    ],
)
def test_a_zero_that_was_never_set(source: Any, expected: tuple[Any, Any]) -> None:
    """It is not believed against the rest of the connector; a name always is."""
    assert kind_of(Dialect(), source) == expected


def test_the_evidence_that_is_kept_is_bounded() -> None:
    """An operator with ever new figures costs no more memory; the order stays."""
    dialect = Dialect()
    for step in range(5000):
        kind_of(dialect, connector(25, 3, voltage=230, amperage=16 + step / 1000))
    assert dialect.numbering == "2.2.1"
    assert len(dialect._numbering._vote._counted) <= 2000
    assert len(dialect._numbering._names) <= 2000
