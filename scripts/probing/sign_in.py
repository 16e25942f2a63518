"""From kept tokens or credentials to an open account."""

from getpass import getpass
from hashlib import sha256
import os
import sys

from yarl import URL

from .options import Options, UsageError
from .providers import catalogue, provider, transport
from .token_file import Saved, TokenFile, default_path

PREFIX = "EV_CHARGING_CLOUD_"
HOST = "host"
APP_CLIENT = frozenset({"client_id", "client_secret"})
HIDDEN = frozenset({provider.FieldKind.PASSWORD, provider.FieldKind.SECRET})


async def opened(
    options: Options, connection: transport.Connection, lent: transport.Connection
) -> provider.Provider:
    """Open the account, signing in by the first connection if need be.

    The account itself works with the connection lent to it.
    """
    backend = catalogue.BACKENDS[options.backend]
    method = options.method or _evident_method(backend, options.operator)
    host = _host(backend, options)
    place = URL(host).authority
    path = options.token_file or default_path(backend.key, options.operator, place)
    file = TokenFile(path)
    origin = _origin(backend, options.operator, method, host)
    if not _usable(file.saved, options, origin, host):
        await _sign_in(backend, connection, options, method, file)
    assert file.saved is not None
    return backend.open(lent, file.saved.settings, file)


def _usable(
    saved: Saved | None, options: Options, origin: str | None, host: str
) -> bool:
    """Tell whether kept tokens belong to the account that is asked for."""
    if saved is None or options.sign_in or saved.settings.get(HOST) != host:
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
    values = {
        field.key: _value(field, options)
        for field in backend.fields(options.operator, method)
    }
    normal = _normalized(backend, options.operator, values)
    done = await backend.sign_in(connection, options.operator, method, normal)
    origin = _origin(backend, options.operator, method, normal[HOST], values)
    await file.keep(
        Saved(origin=origin or "", settings=dict(done.settings), tokens=done.tokens)
    )


def _host(backend: provider.Backend, options: Options) -> str:
    """Return the address in its lasting form."""
    given = {HOST: options.url} if options.url else {}
    return _normalized(backend, options.operator, given)[HOST]


def _normalized(
    backend: provider.Backend, operator: str, values: dict[str, str]
) -> dict[str, str]:
    """Return values in their lasting form."""
    try:
        return backend.normalize(operator, values)
    except ValueError as err:
        if str(err) == HOST:
            raise UsageError(
                "Give the operator's address with --url; it must be https,"
                " unless it is on this machine."
            ) from None
        raise UsageError(f"The value of {PREFIX}{str(err).upper()} is wrong.") from None


def _evident_method(backend: provider.Backend, operator: str) -> str:
    """Return the way to sign in for which the environment holds most."""

    def fitness(method: str) -> tuple[bool, int]:
        fields = backend.methods[method].fields
        given = [field for field in fields if _variable(field.key) in os.environ]
        missing = [one for one in fields if one not in given and one.default is None]
        return not missing, len(given)

    return max(backend.brands[operator].methods or backend.methods, key=fitness)


def _origin(
    backend: provider.Backend,
    operator: str,
    method: str,
    host: str,
    values: dict[str, str] | None = None,
) -> str | None:
    """Return a fingerprint of the account asked for, if one is named."""
    key = next(
        field.key
        for field in backend.methods[method].fields
        if field.key not in APP_CLIENT
    )
    named = values[key] if values else os.environ.get(_variable(key))
    if not named:
        return None
    identity = f"{backend.key} {operator} {host} {key} {named}"
    return sha256(identity.encode()).hexdigest()


def _variable(key: str) -> str:
    """Return the environment variable of a field."""
    return PREFIX + key.upper()


def _value(field: provider.Field, options: Options) -> str:
    """Return one value, asked for where neither environment nor default has it."""
    if field.key == HOST:
        return options.url or field.default or ""
    if found := os.environ.get(_variable(field.key)) or field.default:
        return found
    if not sys.stdin.isatty():
        raise UsageError(
            f"{_variable(field.key)} is not set, and there is no terminal to ask at."
        )
    ask = getpass if field.kind in HIDDEN else _ask
    return ask(f"{field.key.replace('_', ' ')}: ")


def _ask(prompt: str) -> str:
    """Ask on stderr, so that stdout holds nothing but the answer."""
    print(prompt, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().rstrip("\n")
