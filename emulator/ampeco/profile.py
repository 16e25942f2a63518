"""The switches in which operators of one back end differ."""

from dataclasses import dataclass, field
from typing import Final, Literal

DAY: Final = 86_400


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Describe one operator; durations are in seconds.

    Where fact sheet ampeco marks something as a guess, the default is its guess.
    """

    client_id: str = "1"
    # None accepts every secret, for clients that carry one of their own.
    client_secret: str | None = "emulator-client-secret"
    refresh_tokens: bool = True
    access_lifetime: int = 30 * DAY
    token_limit: int = 5
    bad_login_status: int = 400
    start_id: Literal["id", "identifier"] = "id"
    stop_routes: frozenset[str] = field(default_factory=lambda: frozenset({"end"}))
    end_answer: Literal["json", "empty202", "empty204"] = "json"
    active_route: bool = True
    ongoing_route: bool = True
    lag: float = 0
    embeds_finished_for: float = 0
    moved_start: float = 2
    history_form: Literal["classic", "paged"] = "classic"
    price_forecast: bool = True
    naive_times_shift_hours: int = 0
    car_battery_percent: bool = False
    patch_answer: Literal["json", "empty204"] = "json"
