"""Tell addresses of the internet from those of private networks."""

from __future__ import annotations

import socket
from ipaddress import IPv6Address, ip_address

from peninsula.core.errors import InvalidError

__all__ = ["public_address"]


def public_address(host: str, port: int) -> str:
    """Return an address of a host, to connect to: another look-up may have another answer.

    Raises:
        InvalidError: One of its addresses is none of the internet.
        OSError: It has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(place[0]) for *_, place in found]
    for address in addresses:
        if not _is_public(address):
            msg = (
                f"{host} leads to {address}, which is no address of the internet. If you trust who"
                " chose it, set allow_private_urls on the block."
            )
            raise InvalidError(msg)
    return addresses[0]


def _is_public(text: str) -> bool:
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        # Both are ways to write an address of the old kind, which may be a private one.
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            address = inner
    return address.is_global and not address.is_multicast
