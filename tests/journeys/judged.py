"""Judges what a journey sent and was answered by the independent contract, where that is beside the checkout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.contract import Contract
from tests.shared_data import SHARED


def judge(exchanges: Iterable[Mapping[str, Any]]) -> int:
    """Fail unless every exchange with Graph is as the contract says; without a contract nothing is judged.

    ``test_contract.py`` skips with the reason where there is none.

    Returns:
        How many exchanges were judged.
    """
    if not SHARED.is_dir():
        return 0
    contract = Contract.load()
    faults = []
    count = 0
    for exchange in exchanges:
        if exchange["side"] != "graph":
            continue
        count += 1
        method, path, status = exchange["method"], exchange["path"], exchange["status"]
        try:
            contract.check_request(
                method,
                path,
                exchange["query"],
                exchange["request_body"].encode(),
                exchange["request_headers"],
            )
            contract.check_answer(method, path, status, exchange["response_body"].encode())
        except AssertionError as fault:
            faults.append(str(fault))
    assert not faults, "\n\n".join(faults[:10])
    assert count > 0, "no exchange with Graph was recorded"
    return count
