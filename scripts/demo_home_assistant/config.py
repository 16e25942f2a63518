"""The configuration folder that the demonstration starts with."""

from datetime import UTC, datetime
import json
from pathlib import Path
import shutil

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = "ev-charging"
DASHBOARD_FILE = "dashboard.yaml"
PAST_CHARGES = "sensor.past_charges"

# Only loopback is served, so whoever reaches the page may come in without a form. It is
# also where the emulator tells what became of a command.
CONFIGURATION = f"""\
homeassistant:
  name: Demo
  external_url: http://127.0.0.1:%(port)s
  latitude: 55.68
  longitude: 12.57
  elevation: 5
  unit_system: metric
  time_zone: Europe/Copenhagen
  currency: DKK
  country: DK
  language: en
  auth_providers:
    - type: trusted_networks
      trusted_networks: [127.0.0.1]
      allow_bypass_login: true
    - type: homeassistant

config:
energy:
frontend:
history:
logbook:
recorder:
  commit_interval: 1
lovelace:
  dashboards:
    {DASHBOARD}:
      mode: yaml
      title: EV charging
      icon: mdi:ev-station
      show_in_sidebar: true
      filename: {DASHBOARD_FILE}
logger:
  default: warning
  logs:
    custom_components.ev_charging_cloud: debug
"""

# A list of past charges, as anybody can keep one from the event entities. An event that
# comes back with a restart is not listed twice.
TEMPLATES = """\
template:
  - triggers:
      - trigger: state
        entity_id:
          - event.carport_session
          - event.charging_elsewhere_session
          - event.garage_session
    conditions: >-
      {{ trigger.to_state is not none and trigger.to_state.attributes.event_type
         in ("finished", "failed") }}
    sensor:
      - name: Past charges
        unique_id: past_charges
        state: "{{ trigger.to_state.attributes.started_at }}"
        attributes:
          charges: >-
            {% set told = trigger.to_state.attributes %}
            {% set key = trigger.entity_id ~ told.started_at %}
            {{ ([dict(told, key=key, where=device_name(trigger.entity_id))]
                + (this.attributes.charges | default([])
                   | rejectattr("key", "eq", key) | list))[:20] }}
"""


def write_config(folder: Path, port: int, *, fresh: bool = False) -> None:
    """Prepare the folder, keeping what an earlier run has stored unless told not to."""
    # Without its user an interrupted first start would ask for a password.
    if fresh or not (folder / ".storage" / "auth").exists():
        shutil.rmtree(folder, ignore_errors=True)
    (folder / ".storage").mkdir(parents=True, exist_ok=True)
    (folder / "configuration.yaml").write_text(
        CONFIGURATION % {"port": port} + TEMPLATES, encoding="utf-8"
    )
    components = folder / "custom_components"
    if not components.exists():
        components.unlink(missing_ok=True)
        components.symlink_to(ROOT / "custom_components")
    dashboard = folder / DASHBOARD_FILE
    if not dashboard.exists():
        dashboard.write_text('{"title": "EV charging", "views": []}', encoding="utf-8")
    _store(folder, "http", 3, _http(port))
    # The remaining steps would add integrations that need the internet.
    if not (folder / ".storage" / "onboarding").exists():
        done = ["core_config", "analytics", "integration"]
        _store(folder, "onboarding", 4, {"done": done})


def _http(port: int) -> dict[str, object]:
    """Return a confirmed server configuration.

    One given in YAML counts as a trial and is reverted after some minutes.
    """
    stable = {
        "server_host": ["127.0.0.1"],
        "server_port": port,
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": False,
        "ssl_profile": "intermediate_v6",
        "use_x_frame_options": True,
        "created_at": datetime.now(UTC).isoformat(),
        "error": None,
        "error_message": None,
    }
    return {"stable": stable, "pending": None, "yaml_migration_done": True}


def _store(folder: Path, key: str, version: int, data: object) -> None:
    """Write a file in the form of Home Assistant's storage helper."""
    content = {"version": version, "minor_version": 1, "key": key, "data": data}
    (folder / ".storage" / key).write_text(json.dumps(content), encoding="utf-8")
