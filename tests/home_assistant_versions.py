"""Early pytest plugin: run the same tests on releases newer than the test package.

The test package follows Home Assistant with some delay. Loaded before it, this module
gives it back the names that a newer release has moved. Remove a repair once the test
package knows the release.
"""

# Home Assistant must be imported first: since 2026.11 it puts httpx2 in httpx' place,
# and refuses to do so after somebody else has imported the original.
import homeassistant
from homeassistant.components import logger

if not hasattr(logger, "_clear_logger_overwrites"):
    from homeassistant.components.logger.helpers import _clear_logger_overwrites

    logger._clear_logger_overwrites = _clear_logger_overwrites  # type: ignore[attr-defined]

__all__ = ["homeassistant"]
