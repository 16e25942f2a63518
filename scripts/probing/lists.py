"""Lists that were asked for by spans of time and page by page, made whole again."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
import json
import re
from typing import Any

from yarl import URL

from .providers import transport
from .vocabulary import JOINED, ROW_IDS

# Where an answer says that there is more, or that it is elsewhere.
NEXT = re.compile(r"<([^<>]+)>[^<]*\brel\s*=\s*\"?next")


EMPTY: dict[str, Any] = {"status": 404, "headers": {}, "body": None}


def joined(exchanges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return exchanges in which each list by spans of time is one answer.

    It stands where the first of its answers stood; a later state of a row replaces an
    earlier one. A list that was only refused stays as it was answered.
    """
    found: list[dict[str, Any]] = []
    lists: dict[str, dict[str, Any]] = {}
    for one in exchanges:
        request, response = one["request"], one["response"]
        depends = JOINED.get(request["path"])
        if depends is None:
            found.append(one)
            continue
        query = {
            key: value for key, value in request["query"].items() if key in depends
        }
        whole = {
            "request": {**request, "query": query},
            "response": {**response, "body": response["body"]},
        }
        key = json.dumps([request["path"], query], sort_keys=True)
        known = lists.get(key)
        if known is None:
            lists[key] = whole
            found.append(whole)
        elif known["response"]["status"] != HTTPStatus.OK:
            known["response"] = whole["response"]
        elif response["status"] == HTTPStatus.OK:
            _add_rows(
                _rows(known["response"]["body"]), _rows(response["body"]), ROW_IDS
            )
    return found


def _rows(body: Any) -> list[Any]:
    """Return the rows of a list, bare or in an object."""
    rows = body
    if isinstance(body, dict):
        rows = next((body[key] for key in ("items", "data") if key in body), None)
    return rows if isinstance(rows, list) else []


def _add_rows(known: list[Any], rows: list[Any], keys: Iterable[str]) -> None:
    """Add rows to those that are known, or put them in their place."""
    places = {_row_id(row, keys): place for place, row in enumerate(known)}
    for row in rows:
        place = places.setdefault(_row_id(row, keys), len(known))
        known[place : place + 1] = [row]


def _row_id(row: Any, keys: Iterable[str]) -> str:
    """Return what a row is known by; one without an id is like no other."""
    ids = row if isinstance(row, dict) else {}
    named = [ids[key] for key in keys if key in ids]
    return json.dumps(named or row)


@dataclass
class _Listing:
    """All that was answered under one address, and how it was cut into pages."""

    exchange: dict[str, Any]
    size: int = 0
    linked: bool = False

    def add(self, response: dict[str, Any], keys: Iterable[str]) -> None:
        """Add an answer: rows to rows, and what is good in place of what is not."""
        mine, rows = _rows(self.exchange["response"]["body"]), _rows(response["body"])
        if mine and rows:
            _add_rows(mine, rows, keys)
        elif rows or not _is_good(self.exchange["response"]):
            self.exchange["response"] = response
        self.size = max(self.size, len(rows))

    def pages(self) -> list[dict[str, Any]]:
        """Return the list in pages of the size that it was sent in."""
        request, response = self.exchange["request"], self.exchange["response"]
        rows = _rows(response["body"])
        if not rows or not _is_good(response):
            return [self.exchange]
        return [
            {
                "request": {
                    **request,
                    "query": {"offset": str(offset)} if offset else {},
                },
                "response": {
                    **response,
                    "headers": self._headers(response["headers"], offset, len(rows)),
                    "body": {
                        **response["body"],
                        "data": rows[offset : offset + self.size],
                    },
                },
            }
            for offset in range(0, len(rows), self.size)
        ]

    def _headers(
        self, headers: Mapping[str, str], offset: int, total: int
    ) -> dict[str, str]:
        """Return the headers of the page that begins at an offset."""
        found = {
            name: str(total) if name.lower() == "x-total-count" else value
            for name, value in headers.items()
        }
        after = offset + self.size
        if self.linked and after < total:
            path = self.exchange["request"]["path"]
            found["Link"] = f'<{path}?offset={after}&limit={self.size}>; rel="next"'
        return found


def paged(
    raw: Iterable[transport.Exchange],
    plain: Iterable[dict[str, Any]],
    keys: Iterable[str],
) -> list[dict[str, Any]]:
    """Return exchanges in which each address has all that was answered under it.

    What an answer leads to, by a redirect or as its next page, belongs to it.
    """
    found: dict[str, _Listing] = {}
    owners: dict[str, str] = {}
    for source, one in zip(raw, plain, strict=True):
        path = one["request"]["path"].rstrip("/")
        name = owners.get(source.url.raw_path_qs, path)
        headers = {key.lower(): value for key, value in source.headers.items()}
        link = NEXT.search(headers.get("link", ""))
        for target in (headers.get("location"), link and link[1]):
            with suppress(ValueError):
                owners[source.url.join(URL(target or "")).raw_path_qs] = name
        if name not in found:
            found[name] = _Listing({**one, "response": EMPTY})
        listing = found[name]
        listing.linked |= link is not None
        if not 300 <= source.status < 400:
            listing.add(one["response"], keys)
    return [page for one in found.values() for page in one.pages()]


def _is_good(response: Mapping[str, Any]) -> bool:
    """Tell whether an answer holds something."""
    body = response["body"]
    data = body.get("data") if isinstance(body, dict) else None
    return response["status"] == HTTPStatus.OK and data is not None
