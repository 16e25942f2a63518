"""The providers, loaded where Home Assistant is not installed.

They are loaded by file location under a name of their own: as part of the integration
they would bring in Home Assistant.
"""

from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
import json
from pathlib import Path
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custom_components.ev_charging_cloud.providers import (
        catalogue,
        errors,
        model,
        oauth,
        provider,
        transport,
    )

NAME = "ev_charging_cloud_providers"
FOLDER = (
    Path(__file__).parents[2] / "custom_components" / "ev_charging_cloud" / "providers"
)


def version() -> str:
    """Return the version that the integration bears."""
    manifest = json.loads((FOLDER.parent / "manifest.json").read_bytes())
    return str(manifest["version"])


def _load() -> None:
    """Make the package known under its own name."""
    spec = spec_from_file_location(
        NAME, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"There are no providers in {FOLDER}")
    package = module_from_spec(spec)
    sys.modules[NAME] = package
    spec.loader.exec_module(package)


if not TYPE_CHECKING:
    _load()
    catalogue, errors, model, oauth, provider, transport = (
        import_module(f"{NAME}.{module}")
        for module in (
            "catalogue",
            "errors",
            "model",
            "oauth",
            "provider",
            "transport",
        )
    )

__all__ = ["catalogue", "errors", "model", "oauth", "provider", "transport", "version"]
