"""Answers of a token endpoint, as MSAL hands them to its cache."""

from __future__ import annotations

import base64
import json
from typing import Any

CLIENT = "11111111-aaaa-bbbb-cccc-222222222222"
ENDPOINT = "https://login.microsoftonline.com/home/oauth2/v2.0/token"


def answer_of(
    name: str, refresh_token: str, *, client_id: str = CLIENT, seconds: int = 3600
) -> dict[str, Any]:
    """What MSAL adds to its cache when somebody has signed in.

    Args:
        name: Object id and user name of the person; the home account id is ``NAME.home``.
        refresh_token: Kept as it is.
        client_id: App registration.
        seconds: Until the access token ends.
    """
    info = json.dumps({"uid": name, "utid": "home"}).encode()
    return {
        "client_id": client_id,
        "scope": ["https://graph.microsoft.com/User.Read"],
        "token_endpoint": ENDPOINT,
        "data": {},
        "response": {
            "access_token": f"access-{refresh_token}",
            "refresh_token": refresh_token,
            "expires_in": seconds,
            "client_info": base64.urlsafe_b64encode(info).decode(),
            "id_token": "e30.e30.",
            "id_token_claims": {
                "preferred_username": f"{name}@example.com",
                "oid": name,
                "tid": "home",
            },
        },
    }
