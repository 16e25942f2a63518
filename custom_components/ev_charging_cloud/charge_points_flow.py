"""Pick the charge points to show, when an account is added and later."""

from collections.abc import Mapping
from typing import Any

import voluptuous as vol

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .const import (
    AUTOMATIC_CHARGE_POINTS,
    CONF_CHARGE_POINTS,
    CONF_CONTROL_ALL,
    CONF_EXCLUDED,
    CONF_INCLUDED,
)
from .providers.model import ChargePoint


def charge_points_schema(points: Mapping[str, str], chosen: list[str]) -> vol.Schema:
    """Return the form that picks charge points."""
    options = [SelectOptionDict(value=key, label=name) for key, name in points.items()]
    selector = SelectSelector(
        SelectSelectorConfig(
            options=options, multiple=True, mode=SelectSelectorMode.LIST
        )
    )
    return vol.Schema({vol.Optional(CONF_CHARGE_POINTS, default=chosen): selector})


def picked(
    points: Mapping[str, str], chosen: list[str], before: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Return what to remember of a choice.

    In a small account later charge points appear by themselves, in a large one they
    do not. What was chosen before for one that is not there now stays.
    """
    if len(points) > AUTOMATIC_CHARGE_POINTS:
        absent = set(before.get(CONF_INCLUDED, ())) - set(points)
        return {CONF_INCLUDED: sorted(absent | set(chosen))}
    absent = set(before.get(CONF_EXCLUDED, ())) - set(points)
    return {CONF_EXCLUDED: sorted(absent | (set(points) - set(chosen)))}


def names(points: tuple[ChargePoint, ...]) -> dict[str, str]:
    """Return charge points by id with the names that tell them apart."""
    count: dict[str, int] = {}
    for point in points:
        count[point.name] = count.get(point.name, 0) + 1
    return {
        point.id: point.name if count[point.name] == 1 else f"{point.name} ({point.id})"
        for point in points
    }


class ChargePointsFlow(OptionsFlowWithReload):
    """Pick charge points again."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which charge points to show, and whose sessions may be stopped."""
        entry = self.config_entry
        if entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        coordinator = entry.runtime_data.coordinator
        points = names(coordinator.pickable())
        if user_input is not None:
            chosen = user_input.get(CONF_CHARGE_POINTS, [])
            control_all = user_input[CONF_CONTROL_ALL]
            return self.async_create_entry(
                data={
                    **picked(points, chosen, entry.options),
                    CONF_CONTROL_ALL: control_all,
                }
            )
        shown = {view.charge_point.id for view in coordinator.shown()}
        return self.async_show_form(
            step_id="init",
            data_schema=charge_points_schema(
                points, [key for key in points if key in shown]
            ).extend(
                {
                    vol.Required(
                        CONF_CONTROL_ALL,
                        default=entry.options.get(CONF_CONTROL_ALL, False),
                    ): BooleanSelector()
                }
            ),
        )
