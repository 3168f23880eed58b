"""Work that takes longer than a moment, outside of the event loop: every visitor waits for what is done in
the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


async def in_thread(step: Callable[[], Result]) -> Result:
    """Return what a step gives, done in a thread."""
    return await asyncio.get_running_loop().run_in_executor(None, step)
