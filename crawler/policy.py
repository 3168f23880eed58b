"""Where the crawler may go: which hosts, ports and IP addresses.

The rule holds in three places: `middlewares.UrlPolicy` refuses odd addresses before anything is sent;
`resolver`, through which every connection goes (literals, redirects, robots.txt, retries), lets only public
answers through and connects to exactly those, so that a name cannot be rebound in between; and the address
that answered is checked once more. Only the operator's own opt-in reaches loopback, never anything that a
site says.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

WEB_PORTS = (80, 443)  # a link to another port is a way to reach services that were not meant for visitors

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Not global, or global in name only; is_global differs between Python versions for some of these.
_REFUSED = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
        "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "fec0::/10",
    )
)  # fmt: skip
_LOCAL_NAME = re.compile(
    r"(^|\.)(localhost|local|internal|intranet|lan|home|corp|localdomain|invalid|onion)$", re.IGNORECASE
)
# 2130706433, 0x7f.1, 127.1, 017700000001: forms that inet_aton reads as an address and a human does not
_ODD_LITERAL = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}", re.IGNORECASE)


_HOST_CHARACTERS = re.compile(r"[a-z0-9._:-]+")  # other scripts come as xn-- names


def is_public(address: str | Address) -> bool:
    """Whether an IP address is one of the open internet; an IPv4 address inside an IPv6 one decides for
    it.
    """
    try:
        ip = ipaddress.ip_address(str(address).split("%")[0])
    except ValueError:
        return False
    embedded = _embedded_ipv4(ip)
    if embedded is not None:
        return is_public(embedded)
    if any(ip.version == net.version and ip in net for net in _REFUSED):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_unspecified


def _embedded_ipv4(ip: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address in a mapped, 6to4, Teredo, NAT64 or IPv4-compatible address."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip.ipv4_mapped:
        return ip.ipv4_mapped
    if ip.sixtofour:
        return ip.sixtofour
    if ip.teredo:
        return ip.teredo[1]
    if ip in _NAT64 or (int(ip) >> 32 == 0 and int(ip) > 1):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What may be fetched: the public web, and the loopback services that the operator named."""

    allow_hosts: frozenset[tuple[str, int]] = frozenset()
    """Host and port that may be a loopback address."""
    resolve: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Names that are connected to a loopback address and port, whatever port the URL has."""

    @classmethod
    def of(cls, allow_hosts: Iterable[str], resolve: Mapping[str, str]) -> Self:
        """Read "HOST:PORT" and NAME -> "127.0.0.1:PORT"; raise ValueError with the value that is wrong."""
        return cls(
            frozenset(_host_and_port(value) for value in allow_hosts),
            {normal_host(name): _loopback_target(name, value) for name, value in resolve.items()},
        )

    def refuse_url(self, url: str) -> str | None:
        """Return why an address may not be fetched, or None when the URL itself is in order."""
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            return "the address cannot be read"
        if parts.scheme not in ("http", "https"):
            return f"scheme {parts.scheme or 'none'} is not http or https"
        if parts.username is not None or parts.password is not None:
            return "the address holds a user name"
        host = normal_host(parts.hostname or "")
        if not host:
            return "the address has no host"
        if not _HOST_CHARACTERS.fullmatch(host):
            return "the host cannot be read"
        if host in self.resolve or (host, port) in self.allow_hosts:
            return None
        return self._refuse_host(host, port)

    def _refuse_host(self, host: str, port: int) -> str | None:
        if port not in WEB_PORTS:
            return f"port {port} is not 80 or 443"
        if _LOCAL_NAME.search(host):
            return "a name of a private network"
        try:
            return None if is_public(ipaddress.ip_address(host)) else "an address of a private network"
        except ValueError:
            pass  # a name
        if _ODD_LITERAL.fullmatch(host):
            return "an IP address in an unusual form"
        return None if "." in host else "a host without a domain"

    def allows(self, host: str, port: int, address: str | Address) -> bool:
        """Whether a connection for `host:port` may go to this IP address."""
        if is_public(address):
            return True
        host = normal_host(host)
        try:
            loopback = ipaddress.ip_address(str(address)).is_loopback
        except ValueError:
            return False
        return loopback and (host in self.resolve or (host, port) in self.allow_hosts)

    def opted_in_hosts(self) -> frozenset[str]:
        """Hosts of the operator's own: no politeness delay is owed to them."""
        return frozenset(self.resolve) | {host for host, _ in self.allow_hosts}

    def target(self, host: str, port: int) -> tuple[str, int] | None:
        """Where to connect for an opted-in name that needs no look-up; None for all others."""
        host = normal_host(host)
        if host in self.resolve:
            return self.resolve[host]
        if (host, port) in self.allow_hosts and (host == "localhost" or host.endswith(".localhost")):
            return "127.0.0.1", port  # RFC 6761, section 6.3; not every system resolves them so
        return None


def normal_host(host: str) -> str:
    return unicodedata.normalize("NFKC", host).strip().strip("[]").lower().rstrip(".")


def _host_and_port(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{value!r} is not HOST:PORT")
    return normal_host(host), int(port)


def _loopback_target(name: str, value: str) -> tuple[str, int]:
    host, port = _host_and_port(value)
    try:
        address = ipaddress.IPv4Address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise ValueError(f"{name}={value}: {host!r} is not an IPv4 loopback address") from None
    if not address.is_loopback:
        raise ValueError(f"{name}={value}: only loopback addresses (127.0.0.0/8) may be named")
    return str(address), port
