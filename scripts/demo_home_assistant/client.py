"""The few calls of Home Assistant's HTTP API that the demonstration needs."""

from typing import Any

import requests

TIMEOUT = 30.0
USER = {"name": "Demo", "username": "demo", "password": "demo", "language": "en"}


class HomeAssistantClient:
    """A signed-in client of one Home Assistant on loopback."""

    def __init__(self, url: str) -> None:
        """Remember the address; sign_in comes first."""
        self.url = url
        self._session = requests.Session()
        # Loopback is never reached through a proxy.
        self._session.trust_env = False

    def answers(self) -> bool | None:
        """Return true when the interface is served, or nothing."""
        try:
            response = self._session.get(f"{self.url}/manifest.json", timeout=2)
        except requests.RequestException:
            return None
        return True if response.ok else None

    def sign_in(self) -> None:
        """Make the only user on the first start, and get a token without a form."""
        # The address is gone once somebody has been there.
        onboarding = self._session.get(f"{self.url}/api/onboarding", timeout=TIMEOUT)
        if onboarding.ok and not all(step["done"] for step in onboarding.json()):
            self.post("/api/onboarding/users", {**USER, "client_id": f"{self.url}/"})
        flow = self.post(
            "/auth/login_flow",
            {
                "client_id": f"{self.url}/",
                "handler": ["trusted_networks", None],
                "redirect_uri": f"{self.url}/",
            },
        )
        response = self._session.post(
            f"{self.url}/auth/token",
            data={
                "grant_type": "authorization_code",
                "code": flow["result"],
                "client_id": f"{self.url}/",
            },
            timeout=TIMEOUT,
        )
        response.raise_for_status()
        token = response.json()["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str) -> Any:
        """Read JSON."""
        return self._request("GET", path)

    def post(
        self,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        timeout: float | None = None,
    ) -> Any:
        """Send JSON and read JSON."""
        return self._request("POST", path, timeout=timeout, json=body or {})

    def delete(self, path: str) -> Any:
        """Remove something."""
        return self._request("DELETE", path)

    def render(self, template: str) -> str:
        """Return what a template says."""
        response = self._session.post(
            f"{self.url}/api/template", json={"template": template}, timeout=TIMEOUT
        )
        response.raise_for_status()
        return response.text

    def state(self, entity_id: str) -> str:
        """Return the state of one entity."""
        return str(self.get(f"/api/states/{entity_id}")["state"])

    def _request(
        self, method: str, path: str, *, timeout: float | None = None, **options: Any
    ) -> Any:
        response = self._session.request(
            method, f"{self.url}{path}", timeout=timeout or TIMEOUT, **options
        )
        if not response.ok:
            raise RuntimeError(
                f"{method} {path}: {response.status_code} {response.text}"
            )
        return response.json()
