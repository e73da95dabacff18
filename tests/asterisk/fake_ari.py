"""An Asterisk for tests: ARI over HTTP and over its event WebSocket, with the ways and the order of the real one.

What it does was seen on Asterisk 22.10.1, and tests/asterisk/test_contract.py holds both to the same promises.
Faults are injected by its fields: `busy`, `lose_answer_to`, `lose_request`, `mute`, `closed`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Self

import aiohttp
from aiohttp import WSMsgType, web

Json = dict[str, Any]
Answer = tuple[int, Any]
PASSWORD = "ari-secret"
GREETING_S = 2.5
"""Who speaks for so long without a pause is taken for a machine."""
CAUSE_OF_SIP = {486: 17, 600: 17, 603: 21, 404: 1, 480: 19, 408: 18, 503: 34, 488: 58}


class FakeAri:
    """One fake Asterisk on 127.0.0.1:`port`. Use as an async context manager."""

    def __init__(self, port: int, prompt_s: float = 0.05) -> None:
        self.port = port
        self.prompt_s = prompt_s
        self.password = PASSWORD
        self.started = self._stamp()
        self.channels: dict[str, Json] = {}
        self.bridges: dict[str, Json] = {}
        self.playbacks: dict[str, Json] = {}
        self.contacts: Counter[str] = Counter({f"adv{n:02}": 0 for n in range(1, 5)})
        self.subscribed: set[str] = set()
        self.allowed: dict[str, set[str]] = {}
        self.watching: set[str] = set()
        self.asked: list[str] = []  # "METHOD path" in the order of arrival
        self.by_http = 0
        self.connections = 0
        self.busy: dict[str, int] = {}  # "METHOD path-pattern" → how many times still to answer 503
        self.lose_answer_to: list[str] = []  # patterns of "METHOD path" whose next answer is dropped
        self.lose_request: list[str] = []  # the same, and it is not done either
        self.mute = False  # a black hole: nothing is answered any more, pings neither
        self.closed = False  # new WebSockets are refused with 503
        self.on_ring: Callable[[str, str], None] = lambda endpoint, leg: None
        self._sockets: dict[str, web.WebSocketResponse] = {}
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._out: asyncio.Queue[tuple[web.WebSocketResponse, str]] = asyncio.Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ari"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/ari/events", self._events)
        app.router.add_route("*", "/ari/{path:.*}", self._http)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self._later(self._sender())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.cut()
        await self._runner.cleanup()

    # what tests make happen

    async def cut(self) -> None:
        """End every WebSocket at once, without a word."""
        for socket in set(self._sockets.values()):
            if socket._req is not None and socket._req.transport is not None:
                socket._req.transport.abort()
        self._sockets.clear()

    def restart(self) -> None:
        """Everything that lived is gone, as after kill -9."""
        self.channels.clear()
        self.bridges.clear()
        self.playbacks.clear()
        self.subscribed.clear()
        self.contacts.update({name: -count for name, count in self.contacts.items()})

    def arrive(self, line: str, number: str = "0199000001", presentation: str = "allowed_not_screened") -> str:
        """Somebody calls; the channel's id. Without a connected controller the dialplan goes on."""
        leg = f"fake-{next(self._numbers)}.0"
        data = f"dialer,arrived,{line},{presentation}"
        self.channels[leg] = self._channel(leg, "PJSIP/trunk", "Ring", number, "Stasis", data, "lines")
        if "dialer" in self._sockets:
            self.subscribed.add(leg)
            self.send(self._event("StasisStart", leg, args=["arrived", line, presentation]))
        else:
            self.channels[leg]["dialplan"].update(app_name="Playback", app_data="apology")
        return leg

    def dial_wish(self, adviser: str, wish: str) -> str:
        leg = f"fake-{next(self._numbers)}.0"
        data = f"dialer,wish,{wish},{adviser}"
        self.channels[leg] = self._channel(leg, f"PJSIP/{adviser}", "Ring", adviser, "Stasis", data, "from-phones")
        self.subscribed.add(leg)
        self.send(self._event("StasisStart", leg, args=["wish", wish, adviser]))
        return leg

    def press(self, leg: str, digit: str) -> None:
        self.send(self._event("ChannelDtmfReceived", leg, digit=digit, duration_ms=160))

    def hang_up(self, leg: str) -> None:
        """The other side hangs up: no cause is told with the first event."""
        self._end(leg, {}, 16)

    def accept(self, leg: str) -> None:
        channel = self.channels[leg]
        channel["state"] = "Up"
        channel["dialplan"].update(app_name="Stasis", app_data="dialer,leg")
        self.send(self._event("StasisStart", leg, args=["leg"]))

    def is_heard(self, leg: str) -> bool:
        """Somebody listens to this leg."""
        return bool(self._ears(leg, "AMD"))

    def speak(self, leg: str, seconds: float) -> None:
        """Whoever answered speaks for so long, then no more; an ear on the leg makes of it what Asterisk does."""
        for ear in self._ears(leg, "AMD"):
            if seconds < GREETING_S:
                self._end(ear, None, 16)
            else:
                self._enter(ear, "machine", leg)

    def reject(self, leg: str, sip: int) -> None:
        cause = CAUSE_OF_SIP[sip]
        self._end(leg, {"cause": cause, "tech_cause": sip}, cause, sip)

    def register(self, endpoint: str) -> None:
        self.contacts[endpoint] += 1
        if self.contacts[endpoint] == 1:
            self._peer(endpoint, "Reachable")

    def unregister(self, endpoint: str) -> None:
        self.contacts[endpoint] -= 1
        if self.contacts[endpoint] == 0:
            self._peer(endpoint, "Unreachable")

    def send(self, event: Json) -> None:
        """Say this to the app it belongs to, if its filter lets it through."""
        socket = self._sockets.get(event["application"])
        allowed = self.allowed.get(event["application"])
        if socket is not None and (not allowed or event["type"] in allowed):
            self.send_text(json.dumps(event), socket)

    def send_text(self, text: str, socket: web.WebSocketResponse | None = None) -> None:
        """Say exactly this, JSON or not."""
        if not self.mute:
            self._out.put_nowait((socket or self._sockets["dialer"], text))

    # the two ways in

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != aiohttp.encode_basic_auth("dialer", self.password):
            return web.Response(status=401)
        if self.closed:
            return web.Response(status=503)
        socket = web.WebSocketResponse(autoping=False, timeout=0.2)
        await socket.prepare(request)
        self.connections += 1
        for app in request.query["app"].split(","):
            if app in self._sockets:
                self.send(self._base("ApplicationReplaced", app))
            self._sockets[app] = socket
        async for message in socket:
            if self.mute:
                continue
            if message.type is WSMsgType.PING:
                await socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                asked = json.loads(message.data)
                query = {pair["name"]: pair["value"] for pair in asked.get("query_strings", ())}
                answer = await self._answer(asked["method"], asked["uri"], query, asked.get("message_body"))
                if answer is not None:
                    status, body = answer
                    said = self._base("RESTResponse", "dialer") | {
                        "transaction_id": asked["transaction_id"],
                        "request_id": asked["request_id"],
                        "status_code": status,
                        "reason_phrase": "",
                        "uri": asked["uri"],
                    }
                    if body is not None:
                        said |= {"content_type": "application/json", "message_body": json.dumps(body)}
                    self.send_text(json.dumps(said), socket)
        for app in [app for app, current in self._sockets.items() if current is socket]:
            del self._sockets[app]
        return socket

    async def _http(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != aiohttp.encode_basic_auth("dialer", self.password):
            return web.Response(status=401)
        self.by_http += 1
        body = await request.text() or None
        answer = await self._answer(request.method, request.match_info["path"], request.query, body)
        if answer is None or self.mute:
            await asyncio.sleep(60)
            return web.Response(status=500)
        return web.json_response(answer[1], status=answer[0]) if answer[1] is not None else web.Response(status=204)

    async def _sender(self) -> None:
        while True:
            socket, text = await self._out.get()
            if not socket.closed:
                try:
                    await socket.send_str(text)
                except OSError:
                    continue

    async def _answer(self, method: str, path: str, query: Mapping[str, str], body: str | None) -> Answer | None:
        line = f"{method} {path}"
        self.asked.append(line)
        for pattern in self.lose_request:
            if re.search(pattern, line):
                self.lose_request.remove(pattern)
                return None
        for pattern, times in self.busy.items():
            if times and re.search(pattern, line):
                self.busy[pattern] -= 1
                return 503, {"message": "Service unavailable"}
        answer = self._do(method, path.split("/"), query, json.loads(body) if body else {})
        for pattern in self.lose_answer_to:
            if re.search(pattern, line):
                self.lose_answer_to.remove(pattern)
                return None
        return answer

    # ARI itself

    def _do(self, method: str, path: list[str], query: Mapping[str, str], body: Json) -> Answer:
        match method, path:
            case "GET", ["asterisk", "ping"]:
                return 200, {"ping": "pong", "timestamp": self._stamp(), "asterisk_id": "fake"}
            case "GET", ["asterisk", "info"]:
                return 200, {"status": {"startup_time": self.started, "last_reload_time": self.started}}
            case "GET", ["channels"]:
                return 200, list(self.channels.values())
            case "GET", ["bridges"]:
                return 200, list(self.bridges.values())
            case "GET", ["endpoints", "PJSIP"]:
                return 200, [self._endpoint(name) for name in (*self.contacts, "trunk")]
            case "GET", ["applications", app]:
                return 200, self._application(app)
            case "PUT", ["applications", app, "eventFilter"]:
                self.allowed[app] = {one["type"] for one in body["allowed"]}
                return 200, self._application(app)
            case "POST", ["applications", app, "subscription"]:
                self.watching.add(app)
                return 200, self._application(app)
            case "DELETE", ["playbacks", name]:
                return self._finish(name, "done")
            case "GET", ["playbacks", name]:
                found = self.playbacks.get(name)
                return (200, found) if found else (404, {"message": "Playback not found"})
            case _, ["channels", leg, *rest]:
                return self._channel_request(method, leg, rest, query)
            case _, ["bridges", bridge, *rest]:
                return self._bridge_request(method, bridge, rest, query)
        return 404, {"message": "Resource not found"}

    def _channel_request(self, method: str, leg: str, rest: list[str], query: Mapping[str, str]) -> Answer:
        channel = self.channels.get(leg)
        if method == "POST" and not rest:
            return self._originate(leg, query)
        if channel is None:
            return 404, {"message": "Channel not found"}
        match method, rest:
            case "GET", []:
                return 200, channel
            case "DELETE", []:
                self._end(leg, {"cause": 32, "soft": True}, 16)
                return 204, None
        if channel["dialplan"]["app_name"] != "Stasis":
            return 409, {"message": "Channel not in Stasis application"}
        match method, rest:
            case "POST", ["answer"]:
                channel["state"] = "Up"
            case _, ["moh"]:
                channel["music"] = method == "POST"
            case "POST", ["snoop", ear]:
                if ear in self.channels:
                    return 409, {"message": "Channel with given unique ID already exists"}
                self.channels[ear] = self._channel(ear, f"Snoop/{leg}", "Up", "", "", "", "default")
                self._enter(ear, *query["appArgs"].split(","))
                return 200, self.channels[ear]
            case "POST", ["continue"] if channel["name"].startswith("Snoop/"):
                self._listen_on(leg, query)
            case "POST", ["continue"]:
                self._silence(leg)
                self.send(self._event("StasisEnd", leg))
                channel["dialplan"].update(
                    app_name="Playback", context=query.get("context") or channel["dialplan"]["context"]
                )
                self.subscribed.discard(leg)
            case "POST", ["play", name]:
                channel["music"] = False
                playing = {
                    "id": name, "media_uri": query["media"].split(",")[-1], "target_uri": f"channel:{leg}",
                    "language": "fr", "state": "playing",
                }  # fmt: skip
                self.playbacks[name] = playing
                self._later(self._play(name, query["media"].split(",")))
                return 201, playing
            case _:
                return 404, {"message": "Resource not found"}
        return 204, None

    def _originate(self, leg: str, query: Mapping[str, str]) -> Answer:
        resource = query["endpoint"].removeprefix("PJSIP/")
        if not resource.endswith("@trunk") and not self.contacts[resource]:
            return 500, {"error": "Allocation failed"}
        if leg in self.channels:
            return 409, {"message": "Channel with given unique ID already exists"}
        self.channels[leg] = self._channel(
            leg, query["endpoint"], "Ringing", "", "AppDial2", "(Outgoing Line)", "from-phones"
        )
        self.subscribed.add(leg)
        self._later(self._ring(leg, float(query["timeout"])))
        self.on_ring(resource, leg)
        return 200, self.channels[leg]

    def _ears(self, leg: str, app: str) -> list[str]:
        """Those that listen to this leg, in this application."""
        return [
            name
            for name, channel in self.channels.items()
            if channel["name"] == f"Snoop/{leg}-0" and channel["dialplan"]["app_name"] == app
        ]

    def _enter(self, ear: str, *args: str) -> None:
        """Into our app with these arguments, as the dialplan does it."""
        self.subscribed.add(ear)
        self.channels[ear]["dialplan"].update(app_name="Stasis", app_data=",".join(("dialer", *args)))
        self.send(self._event("StasisStart", ear, args=list(args)))

    def _listen_on(self, ear: str, query: Mapping[str, str]) -> None:
        """Out of our app: to detect from the beginning, or from a detection to the end of the greeting."""
        self.send(self._event("StasisEnd", ear))
        self.subscribed.discard(ear)
        place = self.channels[ear]["dialplan"]
        if "context" in query:
            place.update(context=query["context"], exten=query["extension"], app_name="AMD", app_data="")
        else:
            place.update(app_name="WaitForSilence", app_data="")
            self._later(self._quiet(ear, place["exten"]))

    async def _quiet(self, ear: str, leg: str) -> None:
        await asyncio.sleep(self.prompt_s)
        if ear in self.channels:
            self._enter(ear, "quiet", leg)

    def _bridge_request(self, method: str, bridge: str, rest: list[str], query: Mapping[str, str]) -> Answer:
        if method == "POST" and not rest:
            if bridge in self.bridges:
                return 409, {"message": f"Bridge with id '{bridge}' already exists"}
            self.bridges[bridge] = {
                "id": bridge, "technology": "simple_bridge", "bridge_type": "mixing", "bridge_class": "stasis",
                "creator": "Stasis", "name": "", "channels": [], "creationtime": self._stamp(), "video_mode": "none",
            }  # fmt: skip
            return 200, self.bridges[bridge]
        if bridge not in self.bridges:
            return 404, {"message": "Bridge not found"}
        match method, rest:
            case "GET", []:
                return 200, self.bridges[bridge]
            case "DELETE", []:
                del self.bridges[bridge]
            case "POST", ["addChannel"]:
                legs = query["channel"].split(",")
                if any(leg not in self.channels for leg in legs):
                    return 400, {"message": "Channel not found"}
                if any(self.channels[leg]["dialplan"]["app_name"] != "Stasis" for leg in legs):
                    return 422, {"message": "Channel not in Stasis application"}
                for leg in legs:
                    for other in self.bridges.values():
                        if leg in other["channels"]:
                            other["channels"].remove(leg)
                    self.bridges[bridge]["channels"].append(leg)
            case "POST", ["removeChannel"]:
                if query["channel"] not in self.bridges[bridge]["channels"]:
                    return 422, {"message": "Channel not in this bridge"}
                self.bridges[bridge]["channels"].remove(query["channel"])
        return 204, None

    async def _play(self, name: str, media: list[str]) -> None:
        state = "failed"
        for one in media:
            if "missing" in one:
                state = "failed"
                continue
            state = "done"
            await asyncio.sleep(self.prompt_s)
        self._finish(name, state)

    async def _ring(self, leg: str, timeout_s: float) -> None:
        await asyncio.sleep(timeout_s)
        if leg in self.channels and self.channels[leg]["state"] == "Ringing":
            self._end(leg, None, 19, 480)

    def _finish(self, name: str, state: str) -> Answer:
        playing = self.playbacks.pop(name, None)
        if playing is None:
            return 404, {"message": "Playback not found"}
        self.send(self._base("PlaybackFinished") | {"playback": playing | {"state": state}})
        return 204, None

    def _silence(self, leg: str) -> None:
        for name in [name for name, one in self.playbacks.items() if one["target_uri"] == f"channel:{leg}"]:
            self._finish(name, "done")

    def _end(self, leg: str, request: Json | None, cause: int, sip: int | None = None) -> None:
        in_app = self.channels[leg]["dialplan"]["app_name"] == "Stasis"
        if request is not None:
            self.send(self._event("ChannelHangupRequest", leg, **request))
        self._silence(leg)
        if in_app:
            self.send(self._event("StasisEnd", leg))
        told = {"cause": cause, "cause_txt": "", **({"tech_cause": sip} if sip else {})}
        self.send(self._event("ChannelDestroyed", leg, **told))
        del self.channels[leg]
        self.subscribed.discard(leg)
        for ear in [name for name, one in self.channels.items() if one["name"] == f"Snoop/{leg}-0"]:
            self._end(ear, None, 16)
        for bridge in self.bridges.values():
            if leg in bridge["channels"]:
                bridge["channels"].remove(leg)

    def _peer(self, endpoint: str, status: str) -> None:
        if "dialer-phones" in self.watching:
            peer = {"peer": {"peer_status": status}, "endpoint": self._endpoint(endpoint)}
            self.send(self._base("PeerStatusChange", "dialer-phones") | peer)

    def _endpoint(self, name: str) -> Json:
        state = "online" if name == "trunk" or self.contacts[name] else "offline"
        return {"technology": "PJSIP", "resource": name, "state": state, "channel_ids": []}

    def _application(self, app: str) -> Json:
        return {
            "name": app, "channel_ids": sorted(self.subscribed) if app == "dialer" else [], "bridge_ids": [],
            "endpoint_ids": [], "device_names": [], "events_allowed": [], "events_disallowed": [],
        }  # fmt: skip

    def _channel(self, leg: str, name: str, state: str, number: str, app: str, data: str, context: str) -> Json:
        return {
            "id": leg, "name": f"{name}-0", "state": state, "protocol_id": "x", "accountcode": "", "language": "fr",
            "caller": {"name": "", "number": number}, "connected": {"name": "", "number": ""},
            "dialplan": {"context": context, "exten": "s", "priority": 1, "app_name": app, "app_data": data},
            "creationtime": self._stamp(),
        }  # fmt: skip

    def _event(self, kind: str, leg: str, **fields: Any) -> Json:
        return self._base(kind) | fields | {"channel": json.loads(json.dumps(self.channels[leg]))}

    def _base(self, kind: str, app: str = "dialer") -> Json:
        return {"type": kind, "application": app, "timestamp": self._stamp(), "asterisk_id": "fake"}

    def _stamp(self) -> str:
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"

    def _later(self, doing: Any) -> None:
        task = asyncio.get_running_loop().create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
