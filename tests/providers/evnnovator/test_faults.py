"""Every kind of fault: no secret is told, and only our own errors come out."""

import logging
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.errors import ProviderError

from .roaming import BASE, roaming

SECRETS = ("emulator-evnnovator-secret", "driver-1", "driver-2")
FAULTS: list[tuple[str, dict[str, Any]]] = [
    *(("status", {"status": code}) for code in (400, 401, 403, 404, 429, 500)),
    *((kind, {}) for kind in ("reset", "reset_mid_body", "truncated", "html")),
    *((kind, {}) for kind in ("redirect", "nested", "lose_answer")),
]


@pytest.mark.parametrize(
    ("kind", "options"), FAULTS, ids=lambda one: str(one).replace(" ", "")
)
async def test_no_fault_tells_a_secret_or_escapes(
    caplog: pytest.LogCaptureFixture, kind: str, options: dict[str, Any]
) -> None:
    """Every call, and what its failure says."""
    async with roaming() as found:
        session = await found.latest("driver-1")
        found.emulator.faults.add(kind, path=BASE, **options)
        provider, key = found.provider, "driver_driver-1"
        said = []
        with caplog.at_level(logging.DEBUG):
            for call in (
                provider.snapshot,
                provider.charge_points,
                lambda: provider.session(session),
                lambda: provider.start(key, key),
                lambda: provider.stop(session),
                lambda: provider.register(key),
                lambda: provider.search("x"),
            ):
                try:
                    await call()
                except ProviderError as err:
                    said.append(f"{err!r} {vars(err)} {err.args}")
    logged = [one for one in caplog.records if one.name.startswith("custom_components")]
    told = "\n".join([*said, *(one.getMessage() for one in logged)])
    assert said
    for secret in (*SECRETS, *found.emulator.evnnovator.tokens._grants):
        assert secret not in told
