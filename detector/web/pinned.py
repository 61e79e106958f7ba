"""Connections to public addresses alone, each host resolved once.

A server under attack may send a client to its own network: by a redirect, or by a name that
resolves to a public address when it is checked and to a private one when it is used (DNS
rebinding). Here a name is resolved once, all of its addresses are checked, and the connection goes
to the address that was checked, whatever the name says later.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx


class RefusedError(httpx.TransportError):
    """An address that is not asked: private, loopback, link-local, reserved."""


class Resolver:
    """Addresses of hosts, each looked up once; private ones are refused unless allowed."""

    def __init__(self, allow_private: bool = False) -> None:
        self._allow_private = allow_private
        self._known: dict[tuple[str, int], str] = {}

    def address(self, host: str, port: int) -> str:
        """The checked address of a host. Raises RefusedError and httpcore.ConnectError."""
        key = host.lower().rstrip("."), port
        if key not in self._known:
            try:
                found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError) as error:
                raise httpcore.ConnectError(f"{host} has no address ({error})") from error
            addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
            refused = [a for a in addresses if not self._allow_private and not public(a)]
            if refused:
                raise RefusedError(f"{host} is at {refused[0]}, which is not public")
            self._known[key] = addresses[0]
        return self._known[key]


def public(address: str) -> bool:
    """Whether an IP address belongs to the public network, also inside of IPv6."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo and parsed.teredo[1])
        if inner:
            return public(str(inner))
        if parsed in ipaddress.ip_network("64:ff9b::/96"):  # NAT64, RFC 6052
            return public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    return parsed.is_global and not parsed.is_multicast


class _Backend(httpcore.NetworkBackend):
    """Opens connections to what the resolver says."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """As httpcore asks it. The TLS handshake and the Host header keep the name."""
        address = self._resolver.address(host, port)
        return self._plain.connect_tcp(address, port, timeout, local_address, socket_options)

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        """Never."""
        raise RefusedError("no sockets of this machine")

    def sleep(self, seconds: float) -> None:
        """As httpcore asks it."""
        self._plain.sleep(seconds)


class PinnedTransport(httpx.HTTPTransport):
    """httpx's transport on connections of the resolver; proxies of the environment are not used."""

    def __init__(self, resolver: Resolver) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(), network_backend=_Backend(resolver)
        )
