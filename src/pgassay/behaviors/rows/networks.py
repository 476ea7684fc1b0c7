"""Addresses and networks that a CHECK's text suggests."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network

from pgassay.behaviors.rows.candidate import Candidate, constant, fresh
from pgassay.behaviors.rows.text import strings


def networks(text: str, *, hosts: bool) -> Iterator[Candidate]:
    """Yield what lies in the networks that are named, and these themselves.

    Args:
        text: Conditions.
        hosts: Whether addresses will do; else it is networks alone.
    """
    for network in [found for found in map(_network, strings(text)) if found is not None]:
        yield fresh(partial(_inside, network))
        if hosts and network.num_addresses > 1:
            yield fresh(partial(_inside, network, length=network.prefixlen))
        yield constant(str(network))


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _inside(network: IPv4Network | IPv6Network, n: int, length: int | None = None) -> str:
    address = network[n % network.num_addresses]
    return f"{address}/{address.max_prefixlen if length is None else length}"
