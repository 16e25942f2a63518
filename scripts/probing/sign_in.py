"""From kept tokens or credentials to an open account."""

from getpass import getpass
from hashlib import sha256
import os
import sys

from yarl import URL

from .options import Options, UsageError
from .places import OPTIONS
from .providers import catalogue, provider, transport
from .token_file import Saved, TokenFile, default_path

PREFIX = "EV_CHARGING_CLOUD_"
HOST = "host"
# What an account is known by, the first that a way to sign in asks for.
NAMES = ("username", "refresh_token", "access_token", "client_id", "token")
# By which of its addresses an account is kept.
ADDRESSES = (HOST, "api_url", "versions_url", "base_url", "sessions_url")
CREDENTIALS = frozenset({*NAMES, "password", "client_secret"})
HIDDEN = frozenset({provider.FieldKind.PASSWORD, provider.FieldKind.SECRET})


async def opened(
    options: Options, connection: transport.Connection, lent: transport.Connection
) -> tuple[provider.Provider, TokenFile]:
    """Open the account, signing in by the first connection if need be.

    The account itself works with the connection lent to it.
    """
    backend = catalogue.BACKENDS[options.backend]
    method = options.method or _evident_method(backend, options)
    _refuse_unused(backend, options, method)
    asked = _asked(backend, options, method)
    path = options.token_file or default_path(
        backend.key, options.operator, _place(asked)
    )
    file = TokenFile(path)
    origin = _origin(backend, options.operator, method, asked)
    if not _usable(file.saved, options, origin, asked):
        await _sign_in(backend, connection, options, method, file)
    assert file.saved is not None
    kept = provider.Kept(parts=options.parts, cursors=file.saved.cursors)
    return backend.open(lent, file.saved.settings, file, kept), file


def _refuse_unused(backend: provider.Backend, options: Options, method: str) -> None:
    """Refuse what a way to sign in does not ask for, instead of ignoring it."""
    fields = {field.key for field in backend.fields(options.operator, method)}
    for key in sorted(options.given.keys() - fields):
        raise UsageError(f"{OPTIONS[key]} does not go with the rest.")


def _usable(
    saved: Saved | None, options: Options, origin: str | None, asked: dict[str, str]
) -> bool:
    """Tell whether kept tokens belong to the account that is asked for."""
    if saved is None or options.sign_in:
        return False
    if any(saved.settings.get(key) != value for key, value in asked.items()):
        return False
    return origin is None or origin == saved.origin


async def _sign_in(
    backend: provider.Backend,
    connection: transport.Connection,
    options: Options,
    method: str,
    file: TokenFile,
) -> None:
    """Sign in and keep what that leaves."""
    entered = {
        field.key: _value(field, options)
        for field in backend.fields(options.operator, method)
    }
    values = {key: value for key, value in entered.items() if value}
    normal = _normalized(backend, options.operator, values)
    done = await backend.sign_in(connection, options.operator, method, normal)
    asked = _asked(backend, options, method)
    origin = _origin(backend, options.operator, method, asked, values) or ""
    known = file.saved is not None and file.saved.origin == origin
    await file.keep(
        Saved(
            origin=origin,
            settings=dict(done.settings),
            tokens=done.tokens,
            cursors=file.saved.cursors if file.saved and known else {},
        )
    )


def _asked(backend: provider.Backend, options: Options, method: str) -> dict[str, str]:
    """Return in its lasting form what is given and is no credential.

    What is not given is stood in for, because only a whole sign-in can be normalized.
    """
    given: dict[str, str] = {}
    values: dict[str, str] = {}
    for field in backend.fields(options.operator, method):
        if (found := _given(field, options)) and field.key not in CREDENTIALS:
            given[field.key] = values[field.key] = found
        elif field.kind is provider.FieldKind.URL and field.key != HOST:
            values[field.key] = "https://not-given.invalid/not-given"
        elif field.required and field.key != HOST:
            values[field.key] = "not-given"
    normal = _normalized(backend, options.operator, values)
    return {key: normal[key] for key in (*given, HOST) if key in normal}


def _place(asked: dict[str, str]) -> str:
    """Return what tells apart the places of one back end."""
    address = next((asked[key] for key in ADDRESSES if key in asked), None)
    return URL(address).authority if address else asked.get("region", "")


def _normalized(
    backend: provider.Backend, operator: str, values: dict[str, str]
) -> dict[str, str]:
    """Return values in their lasting form."""
    try:
        return backend.normalize(operator, values)
    except ValueError as err:
        key = str(err)
        if key == HOST:
            raise UsageError(
                "Give the operator's address with --url; it must be https,"
                " unless it is on this machine."
            ) from None
        if key in OPTIONS and key not in values:
            raise UsageError(f"{OPTIONS[key]} is missing.") from None
        if key in OPTIONS:
            raise UsageError(f"The value of {OPTIONS[key]} is wrong.") from None
        raise UsageError(f"The value of {_variable(key)} is wrong.") from None


def _evident_method(backend: provider.Backend, options: Options) -> str:
    """Return the way to sign in for which the command line and environment hold most.

    A way that does not ask for what the command line holds is none of them.
    """
    brand = options.operator

    def fitness(method: str) -> tuple[bool, bool, int]:
        fields = backend.fields(brand, method)
        fits = options.given.keys() <= {field.key for field in fields}
        given = [
            field
            for field in fields
            if field.key in options.given or _variable(field.key) in os.environ
        ]
        missing = [
            one
            for one in fields
            if one not in given and one.default is None and one.required
        ]
        return fits, not missing, len(given)

    return max(backend.brands[brand].methods or backend.methods, key=fitness)


def _origin(
    backend: provider.Backend,
    operator: str,
    method: str,
    asked: dict[str, str],
    values: dict[str, str] | None = None,
) -> str | None:
    """Return a fingerprint of the account asked for, if one is named."""
    fields = {field.key for field in backend.methods[method].fields}
    key = next(one for one in NAMES if one in fields)
    named = values.get(key) if values else os.environ.get(_variable(key))
    if not named:
        return None
    identity = f"{backend.key} {operator} {_place(asked)} {key} {named}"
    return sha256(identity.encode()).hexdigest()


def _variable(key: str) -> str:
    """Return the environment variable of a field."""
    return PREFIX + key.upper()


def _given(field: provider.Field, options: Options) -> str | None:
    """Return what the command line, the environment or a default says."""
    found = options.given.get(field.key)
    if found is None and field.key != HOST:
        found = os.environ.get(_variable(field.key))
    return found or field.default


def _value(field: provider.Field, options: Options) -> str:
    """Return one value, asked for where it is needed and nothing has it."""
    if found := _given(field, options):
        return found
    if field.key == HOST or not field.required:
        return ""
    if not sys.stdin.isatty():
        option = f"{OPTIONS[field.key]} or " if field.key in OPTIONS else ""
        raise UsageError(
            f"{option}{_variable(field.key)} is not set, and there is no terminal to"
            " ask at."
        )
    ask = getpass if field.kind in HIDDEN else _ask
    return ask(f"{field.key.replace('_', ' ')}: ")


def _ask(prompt: str) -> str:
    """Ask on stderr, so that stdout holds nothing but the answer."""
    print(prompt, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().rstrip("\n")
