"""Which Tenant URLs a token is sent to at all, and how an address below one is made."""

from __future__ import annotations

import pytest

from scim_assistant.scim.address import address_problem, resource_address

NOT_FOR_MICROSOFT = (
    "http://app.example.com/scim",
    "https://127.0.0.1/scim",
    "https://localhost/scim",
    "https://[::1]/scim",
    "https://10.1.2.3/scim",
    "https://192.168.1.1/scim",
    "https://169.254.169.254/scim",
    "https://[fe80::1]/scim",
    "https://[::ffff:127.0.0.1]/scim",
    "https://127.1/scim",
    "https://2130706433/scim",
    "https://0x7f000001/scim",
    "https://0177.0.0.1/scim",
    "https://ann:word@app.example.com/scim",
    "ftp://app.example.com",
    "app.example.com/scim",
    "https://",
    "https://[::1/",
    "https://app.example.com:port/",
    "",
)


@pytest.mark.parametrize("url", NOT_FOR_MICROSOFT)
def test_an_address_that_microsoft_could_not_use_is_refused(url: str) -> None:
    assert address_problem(url, allow_loopback=False) is not None


def test_loopback_is_taken_where_it_is_allowed_and_nothing_else_private_then() -> None:
    for url in ("http://127.0.0.1:80/x", "http://[::1]/x", "http://localhost/x"):
        assert address_problem(url, allow_loopback=True) is None
    for url in ("http://127.0.0.1.example.com/x", "http://app.example.com", "https://10.0.0.1/"):
        assert address_problem(url, allow_loopback=True) is not None
    assert address_problem("https://app.example.com:8443/scim", allow_loopback=False) is None


def test_the_flag_in_a_tenant_url_is_kept_behind_the_query_of_the_request() -> None:
    address = resource_address("https://x.example/scim/?aadOptscim062020", "/Users", "filter=a")
    assert address == "https://x.example/scim/Users?filter=a&aadOptscim062020"
