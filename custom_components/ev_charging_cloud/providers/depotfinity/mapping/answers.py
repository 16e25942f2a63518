"""What an answer to a command means (fact sheet siemens_depot 8)."""

from ...decoding import item
from ...values import word
from .. import wire


def accepted(body: bytes) -> bool | None:
    """Tell whether the charger accepted a command, ``None`` where nobody says."""
    answer = item(wire.COMMAND, body)
    status = word(answer.response.status) if answer and answer.response else ""
    return status == "accepted" if status else None
