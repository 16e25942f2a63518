"""Which tests the fast part leaves out."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent

# Whole matrices, long simulated times, real processes. All of them run in scripts/test.
SLOW = (
    "emulator",
    "integration/test_depotfinity",
    "integration/test_evnnovator",
    "integration/test_fault",
    "integration/test_ocpi",
    "integration/test_ledger_home.py",
    "integration/test_recorder.py",
    "integration/test_request_counts.py",
    "judges",
    "ledger",
    "probe",
    "providers/depotfinity",
    "providers/emabler",
    "providers/evnnovator",
    "providers/ocpi",
    "providers/test_mutations.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow."""
    for item in items:
        if item.path.relative_to(FOLDER).as_posix().startswith(SLOW):
            item.add_marker(pytest.mark.slow)
