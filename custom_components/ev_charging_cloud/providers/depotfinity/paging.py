"""Pages of a list that never says how many there are (fact sheet siemens_depot 4, 6)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from .mapping import Page

# The smallest limit is contradictory (3 or 10); this is what transactions default to.
LIMIT = 100
MOST_PAGES = 1000


async def pages(
    read: Callable[[Mapping[str, str]], Awaitable[bytes]],
    understand: Callable[[bytes], Page],
) -> AsyncIterator[Page]:
    """Read page after page, until one is short or brings nothing new."""
    seen: set[str] = set()
    for number in range(1, MOST_PAGES):
        page = understand(await read({"page": str(number), "limit": str(LIMIT)}))
        fresh = {one.key for one in page.sessions} - seen
        seen |= fresh
        yield page
        if page.rows < LIMIT or not fresh:
            return
