"""What differs between operating systems: file locks, limits of a process, and how a process is started.

The one place that imports modules which only Unix has. Where they are missing, a limit is not set and the
function says so.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnContext
from pathlib import Path
from types import ModuleType

from filelock import FileLock, Timeout

resource: ModuleType | None
try:
    import resource
except ImportError:  # Windows
    resource = None

UNIX = resource is not None
"""Whether a process can be limited in memory and CPU, and ended by signals, as on Linux and macOS."""


class LockHeld(Exception):
    """Another process, or another part of this one, holds the lock."""


class NeedsUnix(Exception):
    """What was asked for works on Linux and macOS alone; the message says what to do instead."""


def need_unix(what: str) -> None:
    """Raise NeedsUnix where the system is not a Unix.

    `what` is the command or option, as a person wrote it.
    """
    if not UNIX:
        raise NeedsUnix(f"{what} needs Linux or macOS; on Windows, run it in WSL or in Docker")


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock on the file `path`, which is made when it is not there and left behind.

    The system lets go of it when the process ends, however it ends. With `wait` false, raise LockHeld when it
    is held.
    """
    try:
        lock = FileLock(path, timeout=-1 if wait else 0)
        lock.acquire()
    except Timeout:
        raise LockHeld(str(path)) from None
    try:
        yield
    finally:
        lock.release()


def spawning() -> SpawnContext:
    """Return the way in which all our processes are started: a fresh interpreter, safe from the folder we run
    in.

    fork would copy the locks of this program's threads in whatever state they are. Python looks for modules
    in the current folder first when it is started with code: a file `socket.py` there would be run.
    PYTHONSAFEPATH is `python -P` for every process that we start from now on.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    return multiprocessing.get_context("spawn")


def limit_memory(max_bytes: int) -> bool:
    """Bound the address space of this process and let it leave no core dump; return False where that cannot
    be done.
    """
    if resource is None:
        return False
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = max_bytes if hard == resource.RLIM_INFINITY else min(max_bytes, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    except (OSError, ValueError):  # macOS knows the limit and refuses to set it
        return False
    return True


def limit_cpu(seconds: float) -> bool:
    """Let the kernel end this process after so much more CPU time; return False where that cannot be done."""
    if resource is None:
        return False
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds), hard))
    return True


def resident_bytes() -> int:
    """Return the memory that this process has in use; 0 where the system does not tell (only Linux does)."""
    if resource is None:
        return 0
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * int(resource.getpagesize())


def cpu_seconds(pid: int) -> float | None:
    """Return the processor time that a process and its ended children have used; None where the system does
    not tell.

    Only Linux does. On a busy machine it passes much more slowly than the time by the clock.
    """
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    used = status.rpartition(")")[2].split()[11:15]
    return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")


def cpu_clock() -> float:
    """Return the processor time that this process and its ended children have used, in seconds."""
    return sum(os.times()[:4])


def is_root() -> bool:
    """Whether this process may do everything; False on Windows, where nobody asks."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
