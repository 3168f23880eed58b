"""The resolver behind the address guard: it lets only those answers through that `policy` allows."""

from __future__ import annotations

from typing import Any, Self

from scrapy.resolver import CachingThreadedResolver, HostResolution
from scrapy.settings import BaseSettings
from scrapy.utils.datatypes import LocalCache
from twisted.internet.address import IPv4Address as TwistedIPv4
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer

from crawler.policy import AddressPolicy, normal_host

blocked_hosts: LocalCache[str, str] = LocalCache(10_000)
"""Host to the private address that its name resolved to: tells a blocked address from an unknown name."""


def policy_of(settings: BaseSettings) -> AddressPolicy:
    """The address policy that a run's settings say."""
    return AddressPolicy.of(settings.getlist("GUARD_ALLOW_HOSTS"), settings.getdict("GUARD_RESOLVE"))


class GuardResolver(CachingThreadedResolver):
    """Scrapy's IPv4 resolver behind the guard.

    The IPv4 one because it alone honours DNS_TIMEOUT. Scrapy hands it the CrawlerProcess, which has settings
    but no statistics.
    """

    policy: AddressPolicy

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> Self:
        resolver = super().from_crawler(crawler, reactor)
        resolver.policy = policy_of(crawler.settings)
        return resolver

    def install_on_reactor(self) -> None:
        super().install_on_reactor()
        guarded: Any = _GuardedNames(self.reactor.nameResolver, self.policy)
        self.reactor.installNameResolver(guarded)


@implementer(IHostnameResolver)
class _GuardedNames:
    def __init__(self, inner: Any, policy: AddressPolicy) -> None:
        self._inner = inner
        self._policy = policy

    # The names of methods and parameters are those of Twisted's interfaces.
    def resolveHostName(  # noqa: N802
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Any = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        receiver = _PublicAddresses(resolutionReceiver, hostName, portNumber, self._policy)
        target = self._policy.target(hostName, portNumber)
        if target is None:
            return self._inner.resolveHostName(
                receiver, hostName, portNumber, addressTypes, transportSemantics
            )
        resolution = HostResolution(hostName)
        receiver.resolutionBegan(resolution)
        receiver.addressResolved(TwistedIPv4("TCP", *target))
        receiver.resolutionComplete()
        return resolution


@implementer(IResolutionReceiver)
class _PublicAddresses:
    """Passes on the answers that the policy allows. A host with none left cannot be resolved.

    Nothing here may raise: an exception hangs the request until its timeout.
    """

    def __init__(self, receiver: Any, host: str, port: int, policy: AddressPolicy) -> None:
        self._receiver = receiver
        self._host = host
        self._port = port
        self._policy = policy

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        ip = str(getattr(address, "host", ""))
        if self._policy.allows(self._host, self._port, ip):
            self._receiver.addressResolved(address)
        else:
            blocked_hosts[normal_host(self._host)] = ip

    def resolutionComplete(self) -> None:  # noqa: N802
        self._receiver.resolutionComplete()
