"""Where credentials come from, and where they never go."""

import stat

import pytest

from emulator import Emulator

from .support import Probe

VARIABLE = "EV_CHARGING_CLOUD_"


async def test_wrong_password_is_one_sentence(probe: Probe) -> None:
    """The output names the trouble and none of the credentials."""
    probe.environment[f"{VARIABLE}PASSWORD"] = "not-the-password"
    ran = await probe.run("account")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "error: The operator rejects the credentials.\n"


async def test_wrong_client_secret_is_told_apart(probe: Probe) -> None:
    """The user must know which of the values is wrong."""
    probe.environment[f"{VARIABLE}CLIENT_SECRET"] = "not-the-secret"
    ran = await probe.run("account")
    assert (ran.code, ran.err) == (1, "error: The operator rejects the app's client.\n")


@pytest.mark.parametrize(
    "option", ["password", "username", "client-secret", "refresh-token", "access-token"]
)
async def test_no_credential_is_an_argument(probe: Probe, option: str) -> None:
    """Arguments are seen by everybody on the machine; even a mistake is not echoed."""
    ran = await probe.run("account", f"--{option}=hunter2-hunter2")
    assert ran.code == 2
    assert f"--{option}" in ran.err
    assert "hunter2" not in ran.err + ran.out
    assert not probe.emulator.requests


async def test_without_credentials_and_terminal(probe: Probe) -> None:
    """A script that forgot a variable hangs on no prompt."""
    del probe.environment[f"{VARIABLE}PASSWORD"]
    ran = await probe.run("account")
    assert ran.code == 2
    assert f"{VARIABLE}PASSWORD is not set" in ran.err


async def test_plain_http_needs_this_machine(probe: Probe) -> None:
    """A token is not sent in the clear."""
    probe.url = "http://charge.example.test"
    ran = await probe.run("account")
    assert ran.code == 2
    assert "--url" in ran.err


async def test_access_token_alone(probe: Probe, emulator: Emulator) -> None:
    """A pasted token suffices."""
    tokens = emulator.ampeco.issue_tokens()
    probe.environment = {f"{VARIABLE}ACCESS_TOKEN": tokens.access_token}
    assert (await probe.json("account"))["id"] == "drivee_3001"
    assert probe.asked("token") == 0


async def test_tokens_are_kept_in_private(probe: Probe) -> None:
    """A later run needs neither credentials nor a sign-in."""
    await probe.json("account")
    probe.environment.clear()
    await probe.json("snapshot")
    assert probe.asked("token") == 1
    (kept,) = (probe.folder / "state").rglob("*.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


async def test_rotated_tokens_are_kept(probe: Probe, emulator: Emulator) -> None:
    """A renewal in one run is what the next run works with."""
    await probe.json("account")
    emulator.ampeco.tokens.expire_access()
    await probe.json("snapshot")
    await probe.json("snapshot")
    assert probe.asked("token") == 2


async def test_refresh_token_is_spent_once(probe: Probe, emulator: Emulator) -> None:
    """The variable still holds the first one when others have replaced it."""
    secret = probe.environment[f"{VARIABLE}CLIENT_SECRET"]
    probe.environment = {
        f"{VARIABLE}REFRESH_TOKEN": emulator.ampeco.issue_tokens().refresh_token or "",
        f"{VARIABLE}CLIENT_SECRET": secret,
    }
    await probe.json("account")
    await probe.json("snapshot")
    assert probe.asked("token") == 1


async def test_another_account_signs_in_anew(probe: Probe) -> None:
    """The tokens of one account do not answer for another."""
    await probe.json("account")
    probe.environment[f"{VARIABLE}USERNAME"] = "other@example.test"
    ran = await probe.run("account")
    assert ran.code == 1
    assert "rejects the credentials" in ran.err


async def test_own_token_file(probe: Probe) -> None:
    """The place of the tokens can be chosen."""
    await probe.json("account", "--token-file", "kept/tokens.json")
    assert [one.name for one in (probe.folder / "kept").iterdir()] == ["tokens.json"]
    assert not (probe.folder / "state").exists()
