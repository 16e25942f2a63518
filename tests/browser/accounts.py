"""Each account added as a new user would, with a slip in what is secret."""

from collections.abc import Callable, Mapping
import time

from playwright.sync_api import Page

from scripts.demo_home_assistant.account import (
    AMPECO,
    DEPOTFINITY,
    EMABLER,
    EVNNOVATOR,
    OCPI,
)
from scripts.demo_home_assistant.dashboard import entities
from scripts.demo_home_assistant.emulator import Emulator
from scripts.demo_home_assistant.home_assistant import HomeAssistant

from .pages import AddDialog, Dialog, PartDialog

LOAD_TIMEOUT = 60.0
LOOK_EVERY = 0.2
REFUSED = "The provider does not accept these credentials."
DRIVER = "driver-1"
DRIVER_NAME = "Asha"
# A card of ours at the charging network.
CARD = "04AABBCC"
CARD_CONTRACT = "NL-HAX-C000002-4"

type Picture = Callable[[Page, str], None]


def title(name: str) -> str:
    """Return what an account at an emulator is called."""
    return f"{name} (127.0.0.1)"


def add_ampeco(page: Page, emulator: Emulator, picture: Picture) -> None:
    """Add a driver's account, with a slip in the password."""
    said = emulator.answers()
    secrets = {"Client secret": said["client_secret"]}
    dialog = AddDialog(page)
    dialog.choose_provider("Another AMPECO operator")
    dialog.choose("Email and password")
    dialog.fill({"Host": said["host"], "Email": said["username"]})
    dialog.fill({"Password": "not-it", "Client ID": said["client_id"], **secrets})
    picture(page, "dialog")
    dialog.submit()
    dialog.says(REFUSED)
    dialog.fill({"Password": said["password"], **secrets})
    dialog.submit()
    dialog.titled("Choose your charge points")
    dialog.submit()
    dialog.finish()


def add_evnnovator(page: Page, emulator: Emulator, _: Picture) -> None:
    """Add a customer's account, with a slip in the token."""
    said = emulator.evnnovator_answers()
    dialog = AddDialog(page)
    dialog.choose_provider("EVnnovator (IN)")
    dialog.choose("Access token")
    dialog.fill({"Host": said["host"], "Access token": "not-it"})
    dialog.submit()
    dialog.says(REFUSED)
    dialog.fill({"Access token": said["access_token"]})
    dialog.submit()
    dialog.finish()


def add_depotfinity(page: Page, emulator: Emulator, _: Picture) -> None:
    """Add a depot's account, with a slip in the secret."""
    said = emulator.depotfinity_answers()
    dialog = AddDialog(page)
    dialog.choose_provider("Siemens DepotFinity")
    dialog.choose("Own addresses, client ID and secret")
    dialog.fill({"API address": said["api_url"], "Token address": said["token_url"]})
    dialog.fill({"Client ID": said["client_id"], "Client secret": "not-it"})
    dialog.fill({"ID tag for starts": said["id_tag"]})
    dialog.submit()
    dialog.says("The provider does not accept")
    dialog.fill({"Client secret": said["client_secret"]})
    dialog.fill({"ID tag for starts": said["id_tag"]})
    dialog.submit()
    dialog.titled("Choose your charge points")
    for number in range(1, 5):
        dialog.offers(f"CH-{number}")
    dialog.submit()
    dialog.finish()


def add_ocpi(page: Page, emulator: Emulator, picture: Picture) -> None:
    """Add a party's account, with a slip in the token."""
    said = emulator.ocpi_answers()
    dialog = AddDialog(page)
    dialog.choose_provider("Another OCPI operator or hub")
    dialog.choose("Versions address and token")
    dialog.fill({"Versions address": said["versions_url"], "Token": "not-it"})
    _fill_party(dialog, said)
    dialog.submit()
    dialog.says(REFUSED)
    dialog.fill({"Token": said["token"]})
    dialog.submit()
    _choose_locations(page, dialog, picture)


def add_emabler(page: Page, emulator: Emulator, _: Picture) -> None:
    """Add a roaming partner's account, with a slip in the token."""
    said = emulator.emabler_answers()
    dialog = AddDialog(page)
    dialog.choose_provider("eMabler (FI)")
    dialog.fill({"Address": said["base_url"], "Token": "not-it"})
    dialog.fill({"Tariffs address": said["tariffs_url"]})
    dialog.fill({"Commands address": said["commands_url"]})
    _fill_party(dialog, said)
    dialog.submit()
    dialog.says(REFUSED)
    dialog.fill({"Token": said["token"]})
    dialog.submit()
    _choose_locations(page, dialog, lambda *_: None)


ADD: Mapping[str, Callable[[Page, Emulator, Picture], None]] = {
    AMPECO: add_ampeco,
    EVNNOVATOR: add_evnnovator,
    DEPOTFINITY: add_depotfinity,
    OCPI: add_ocpi,
    EMABLER: add_emabler,
}


def add_driver(page: Page, place: str, picture: Picture) -> None:
    """Add a driver, with a word that finds nothing before one that does."""
    dialog = PartDialog(page, "Add a driver", title(EVNNOVATOR))
    dialog.titled("Add a driver")
    dialog.fill({"Driver ID": DRIVER, "Name": DRIVER_NAME})
    dialog.submit()
    dialog.titled("Where charges start")
    dialog.fill({"Site": "nowhere"})
    dialog.submit()
    dialog.says("Nothing was found. Try another word.")
    dialog.fill({"Site": "lab"})
    dialog.submit()
    dialog.titled("Choose the charger")
    dialog.offers("Example lab, IN*AAA*ELAB02*1")
    picture(page, "driver")
    dialog.choose(place)
    dialog.finish()


def add_card(
    page: Page, account: str, name: str, place: str, picture: Picture = lambda *_: None
) -> None:
    """Add a card as a token, with a word that finds nothing before one that does."""
    dialog = PartDialog(page, "Add a token", title(account))
    dialog.titled("Add a token")
    dialog.fill({"Token UID": CARD, "Contract ID": CARD_CONTRACT, "Name": name})
    dialog.select("RFID card")
    picture(page, "token")
    dialog.submit()
    dialog.titled("Where charges start")
    dialog.fill({"Location": "nowhere"})
    dialog.submit()
    dialog.says("Nothing was found. Try another word.")
    dialog.fill({"Location": place.partition(",")[0]})
    dialog.submit()
    dialog.titled("Choose the charger")
    dialog.choose(place)
    dialog.finish()


def wait_for(
    home_assistant: HomeAssistant, account: str, event: str = "event."
) -> None:
    """Wait until an account was loaded, perhaps anew with what was added to it."""
    deadline = time.monotonic() + LOAD_TIMEOUT
    while True:
        found = entities(home_assistant.client, title(account))
        if any(one.startswith(event) for one in found):
            return
        assert time.monotonic() < deadline, f"{account} does not show {event}"
        time.sleep(LOOK_EVERY)


def _fill_party(dialog: Dialog, said: Mapping[str, str]) -> None:
    """Say who the party is that asks."""
    dialog.fill({"Your country code": said["country_code"]})
    dialog.fill({"Your party ID": said["party_id"]})


def _choose_locations(page: Page, dialog: Dialog, picture: Picture) -> None:
    """Take all locations that are offered."""
    dialog.titled("Choose your locations")
    dialog.says("The provider shows 3 locations. It shows the sessions of your own")
    for number in range(1, 4):
        dialog.offers(f"Station {number}")
    picture(page, "locations")
    dialog.submit()
    dialog.finish()
