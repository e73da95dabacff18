"""A TCP proxy before ARI that can fail as networks fail: cut, or swallow everything without a sign."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Self


class Proxy:
    """Listens on 127.0.0.1:`port` and carries to `target`."""

    def __init__(self, port: int, target: int) -> None:
        self.port, self.target = port, target
        self.swallows = False
        self.refuses = False
        self.released = asyncio.Event()
        """Set it, and the ends of connections that a black hole swallowed are told at last."""
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ari"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def cut(self) -> None:
        """Reset every connection, towards both sides."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        far: asyncio.StreamWriter | None = None
        try:
            far_reader, far = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers |= {writer, far}
            await asyncio.gather(self._carry(reader, far), self._carry(far_reader, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for one in (writer, far):
                if one is not None:
                    self._writers.discard(one)
                    one.close()
            self._tasks.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if not self.swallows:
                    writer.write(data)
                    await writer.drain()
            if self.swallows:
                await self.released.wait()  # a black hole does not carry the end of a connection either
        writer.transport.abort()
