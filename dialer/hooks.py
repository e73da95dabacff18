"""Operators' web hooks: a flow asks one question, a server of the operator's answers one word.

Decides how it is asked: one POST of JSON, signed when the hook has a secret, bounded in time and size, never repeated
(the flow has a way on without an answer). Sends the answers a caller typed, never the caller's number. Must not know
what a flow does with the result.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping

import aiohttp
import structlog

from dialer.clock import Clock
from dialer.configuration.hooks import Hook
from dialer.core.commands import RunHook
from dialer.core.events import Event, HookAnswered

log = structlog.get_logger(__name__)

ANSWER_MAX = 4096
"""Bytes of an answer that are read."""


class WebHooks:
    """Runs hooks beside the loop; each comes back as HookAnswered, whatever happens."""

    def __init__(self, hooks: Mapping[str, Hook], clock: Clock, put: Callable[[Event], None]) -> None:
        self.hooks = hooks
        """Replaced whole when the configuration is."""
        self._clock = clock
        self._put = put
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, command: RunHook) -> None:
        task = asyncio.get_running_loop().create_task(self._ask(command), name=f"hook {command.hook}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _ask(self, command: RunHook) -> None:
        result: str | None = None
        try:
            result = await self._post(self.hooks[command.hook], command)
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError) as failed:
            log.warning("a hook gave no answer", hook=command.hook, why=type(failed).__name__)
        self._put(HookAnswered(self._clock.now(), command.call, command.node, result))

    async def _post(self, hook: Hook, command: RunHook) -> str:
        """The word in ``{"result": "…"}``. Raises what aiohttp raises, ValueError and KeyError."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        body = json.dumps({"call": command.call, "hook": command.hook, "answers": dict(command.answers)}).encode()
        headers = {"Content-Type": "application/json"}
        if hook.secret is not None:
            headers["X-Signature"] = (
                "sha256=" + hmac.new(hook.secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
            )
        timeout = aiohttp.ClientTimeout(total=min(command.timeout_s, hook.timeout_s))
        async with self._session.post(
            hook.url, data=body, headers=headers, timeout=timeout, allow_redirects=False
        ) as answer:
            answer.raise_for_status()
            said = json.loads(await answer.content.read(ANSWER_MAX))
        if not isinstance(said, dict):
            raise ValueError("the answer is no object")
        return str(said["result"])
