"""A program of its own that keeps tokens as the product does: ``python -m tests.secret_service.program ACT FOLDER``.

Acts: ``keep NAME TOKEN`` (somebody signed in), ``list`` (who is known, and where tokens rest), ``out NAME``.
Prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from scim_assistant.errors import KnownError
from scim_assistant.signin.token_cache import KeptTokens, open_tokens
from scim_assistant.vault import Vault
from scim_assistant.work import Work
from tests.signin.tokens import answer_of


def seen(tokens: KeptTokens) -> dict[str, object]:
    """What the cache holds and where it rests."""
    cache = tokens.cache
    accounts = [one["username"] for one in cache.search(cache.CredentialType.ACCOUNT)]
    refresh = [one["secret"] for one in cache.search(cache.CredentialType.REFRESH_TOKEN)]
    return {
        "accounts": sorted(accounts),
        "refresh": sorted(refresh),
        "rest": tokens.place.rest.value,
        "sentence": tokens.place.sentence,
    }


def main(act: str, folder: str, *more: str) -> None:
    """Do one act."""
    tokens = open_tokens(Path(folder), Vault(), work=Work())
    trouble = ""
    if act == "keep":
        tokens.cache.add(answer_of(*more))
    elif act == "out":
        try:
            tokens.forget_account(f"{more[0]}.home", Work())
        except KnownError as error:
            trouble = str(error)
    print(json.dumps({**seen(tokens), "trouble": trouble}))


if __name__ == "__main__":
    main(*sys.argv[1:])
