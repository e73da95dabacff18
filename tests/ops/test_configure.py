"""Asterisk's configuration: what it must say, what must never get into it, and who may read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.asterisk import configure
from ops.asterisk.dialplan import WISH_REFUSED, dialled_forms
from ops.asterisk.settings import (
    Address,
    ConfigurationError,
    Line,
    Nat,
    Phone,
    Prompts,
    Settings,
    Softphones,
    Trunk,
    faults_of,
)

Make = Callable[..., Settings]


def section(text: str, name: str, kind: str | None = None) -> dict[str, str]:
    """Keys and values of one section (of this `type`), as Asterisk would read them."""
    for found in re.finditer(rf"^\[{re.escape(name)}\]\n((?:(?!\[).*\n?)*)", text, flags=re.MULTILINE):
        fields = dict(line.split("=", 1) for line in found[1].splitlines() if "=" in line)
        if kind is None or fields.get("type") == kind:
            return fields
    raise AssertionError(f"no [{name}] of type {kind}")


def test_each_line_is_reached_by_its_national_and_both_international_forms(make: Make) -> None:
    dialplan = configure.render(make())["extensions.conf"]
    for number in ("0800122500", "+33800122500", "33800122500"):
        assert f"exten => {number},1,Goto(lines,dropout,1)\n" in dialplan
    assert dialled_forms("0177771225") == ("0177771225", "+33177771225", "33177771225")


def test_a_line_goes_to_the_controller_and_apologises_without_it(make: Make, tmp_path: Path) -> None:
    dialplan = configure.render(make())["extensions.conf"]
    assert "Stasis(dialer,arrived,dropout,${CALLERID(num-pres)})" in dialplan
    assert 'GotoIf($["${STASISSTATUS}"="FAILED"]?safe-exit,dropout,1)' in dialplan
    apology = f"exten => dropout,1,Answer()\n same => n,Playback({tmp_path / 'apology'})\n same => n,Hangup()"
    assert apology in dialplan.partition("[safe-exit]")[2]


def test_a_phone_that_is_refused_its_wish_hears_why_and_dials_its_way_there_never(make: Make, tmp_path: Path) -> None:
    dialplan = configure.render(make())["extensions.conf"]
    refused, phones = (
        dialplan.partition(f"\n[{name}]\n")[2].partition("\n[")[0] for name in (WISH_REFUSED, "from-phones")
    )
    assert refused == f"exten => ready,1,Playback({tmp_path / 'wish_refused'})\n same => n,Hangup()\n"
    assert WISH_REFUSED not in phones


def test_no_dialplan_step_of_a_phone_leads_to_the_trunk(make: Make) -> None:
    dialplan = configure.render(make())["extensions.conf"]
    dialled = re.findall(r"Dial\(([^)]*)\)", dialplan)
    assert dialled
    assert all(re.fullmatch(r"PJSIP/adv\d\d,25", target) for target in dialled)
    assert "include" not in dialplan


def test_an_advisers_digits_are_dialled_only_where_they_are_nobody_elses(make: Make) -> None:
    phones = tuple(Phone(name, "x") for name in ("adv01", "adv02", "tut02", "chef"))
    dialplan = configure.render(make(phones=phones))["extensions.conf"]
    assert "exten => 01,1," in dialplan
    assert "exten => 02,1," not in dialplan
    assert all(f"exten => {phone.id},1," in dialplan for phone in phones)


def test_a_phone_is_known_by_its_name_and_the_trunk_by_its_address(make: Make) -> None:
    pjsip = configure.render(make())["pjsip.conf"]
    assert section(pjsip, "global")["endpoint_identifier_order"] == "auth_username,username,ip"
    assert section(pjsip, "adv01", "endpoint")["identify_by"] == "auth_username,username"
    assert section(pjsip, "trunk", "endpoint")["identify_by"] == "ip"
    assert "anonymous" not in pjsip
    phone = section(pjsip, "adv01", "aor")
    assert (phone["max_contacts"], phone["remove_existing"], phone["qualify_frequency"]) == ("1", "yes", "0")
    assert section(pjsip, "adv01", "endpoint")["context"] == "from-phones"


def test_the_demo_trunk_is_whatever_calls_from_loopback(make: Make) -> None:
    pjsip = configure.render(make())["pjsip.conf"]
    assert section(pjsip, "trunk", "identify")["match"] == "127.0.0.1"
    assert section(pjsip, "trunk", "aor")["contact"] == "sip:127.0.0.1:20090"
    assert section(pjsip, "trunk", "endpoint")["send_pai"] == "yes"
    assert "type=registration" not in pjsip
    assert "outbound_auth" not in pjsip


def test_a_trunk_with_registration_registers_and_authenticates(make: Make) -> None:
    trunk = Trunk(
        Address("sip.example.fr", 5060), registers=True, username="moel", password="s3", domain="moel.example.fr"
    )
    pjsip = configure.render(make(trunk=trunk))["pjsip.conf"]
    registration = section(pjsip, "trunk", "registration")
    assert registration["server_uri"] == "sip:sip.example.fr:5060"
    assert registration["client_uri"] == "sip:moel@moel.example.fr"
    assert section(pjsip, "trunk", "auth")["password"] == "s3"
    assert section(pjsip, "trunk", "endpoint")["outbound_auth"] == "trunk"
    assert section(pjsip, "trunk", "endpoint")["trust_id_inbound"] == "no"
    assert section(pjsip, "trunk", "identify")["match"] == "sip.example.fr"


def test_a_trunk_over_tls_has_a_transport_that_checks_certificates_and_may_encrypt_media(make: Make) -> None:
    trunk = Trunk(
        Address("sip.example.fr", 5061),
        transport="tls",
        calls_from=("192.0.2.0/24", "198.51.100.7"),
        encrypts_media=True,
        certificates=Path("/etc/ssl/ca.crt"),
        codecs=("alaw", "g722"),
        trusts_identity=True,
    )
    pjsip = configure.render(make(trunk=trunk, nat=Nat("203.0.113.9", ("10.0.0.0/8",))))["pjsip.conf"]
    transport = section(pjsip, "transport-tls", "transport")
    assert transport["bind"] == "127.0.0.1:20001"
    assert (transport["verify_server"], transport["ca_list_file"]) == ("yes", "/etc/ssl/ca.crt")
    assert transport["external_media_address"] == "203.0.113.9"
    endpoint = section(pjsip, "trunk", "endpoint")
    assert (endpoint["media_encryption"], endpoint["allow"], endpoint["trust_id_inbound"]) == (
        "sdes",
        "alaw,g722",
        "yes",
    )
    assert section(pjsip, "trunk", "aor")["contact"] == "sip:sip.example.fr:5061;transport=tls"
    assert "match=192.0.2.0/24\nmatch=198.51.100.7\n" in pjsip
    assert section(pjsip, "transport-udp", "transport")["bind"] == "127.0.0.1:20000"  # phones stay on UDP


def test_the_settings_that_bite_are_set(make: Make) -> None:
    files = configure.render(make())
    assert int(section(files["http.conf"], "general")["sessionlimit"]) > 10_000
    assert section(files["ari.conf"], "general")["websocket_write_timeout"] == "5000"
    assert section(files["http.conf"], "general")["bindaddr"] == "127.0.0.1"
    assert files["asterisk.conf"].startswith("[directories]\n")  # with (!) it would be a template, and ignored
    assert "autoload=no" in files["modules.conf"]
    assert section(files["cdr.conf"], "general")["enable"] == "no"
    assert "notice" not in files["logger.conf"]  # notices carry callers' numbers
    assert "verbose" not in files["logger.conf"]


def test_nothing_that_watches_device_states_is_loaded_for_it_can_lock_up_ari(make: Make) -> None:
    for softphones in (None, Softphones()):
        assert "device_state" not in configure.render(make(softphones=softphones))["modules.conf"]


def test_two_homes_have_two_system_names_so_that_channel_ids_never_meet() -> None:
    assert configure.system_name(Path("/a")) != configure.system_name(Path("/b"))
    assert configure.system_name(Path("/a")) == configure.system_name(Path("/a"))


def test_more_modules_and_more_text_can_be_added(make: Make) -> None:
    files = configure.render(
        make(extra_modules=("app_queue.so",), extra={"queues.conf": "[q]\n", "extensions.conf": "[bench]\n"})
    )
    assert files["modules.conf"].endswith("load=app_queue.so\n")
    assert files["queues.conf"] == "[q]\n"
    assert files["extensions.conf"].endswith("\n[bench]\n")


@pytest.mark.parametrize("bad", ["", "a;b", "a\nmatch=0.0.0.0/0", "a b", "\tx", "café", "x\x00"])
def test_a_password_that_would_change_the_file_is_refused_and_never_shown(make: Make, bad: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        configure.render(make(phones=(Phone("adv01", bad),)))
    (fault,) = refusal.value.faults
    assert fault.startswith("phone 'adv01': password")
    assert ":" in fault
    if len(bad) > 1:
        assert bad not in fault


@pytest.mark.parametrize("bad", ["adv01]", "adv 01", "Adv01", "a", "adv01\n[x]", "trunk", "0adv", "adv;1", "x" * 40])
def test_an_id_that_would_change_the_file_is_refused(make: Make, bad: str) -> None:
    (fault,) = faults_of(make(phones=(Phone(bad, "demo"),)))
    assert fault.startswith(f"phone '{bad}': id")


@pytest.mark.parametrize("bad", ["/a,b", "/a)b", "/a${X}", "/a&b", "relative", "/a\nb", '/a"b', "/a;b", "/a|b"])
def test_a_prompts_path_that_would_change_the_dialplan_is_refused(make: Make, bad: str) -> None:
    (fault,) = faults_of(make(lines=(Line("main", "0177771225", Path(bad)),)))
    assert fault.startswith("line 'main': apology")


def test_every_fault_is_told_at_once(make: Make) -> None:
    faulty = make(
        lines=(Line("main", "12", Path("/a")), Line("main", "0800122500", Path("/a"))),
        phones=(Phone("adv01", ";"), Phone("adv01", "demo")),
        sip=Address("127.0.0.1\nx", 0),
        rtp=(20, 10),
        ari_password="",
        trunk=Trunk(Address("h", 5060), registers=True, encrypts_media=True, codecs=("g729",)),
        extra_modules=("../evil",),
        call_max_s=1,
        qualify_s=-1,
    )
    faults = faults_of(faulty)
    for part in (
        "line 'main': number '12'", "line 'main' is given 2 times",
        "phone 'adv01': password", "phone 'adv01' is given 2",
        "SIP address", "port 0", "RTP ports", "ARI password", "registration needs", "media keys", "trunk: codecs",
        "extra module", "call_max_s", "qualify_s",
    ):  # fmt: skip
        assert any(part in fault for fault in faults), part
    assert all("\n" not in fault for fault in faults)


@given(st.text(max_size=30))
def test_no_text_whatever_gets_a_line_of_its_own_into_a_file(text: str) -> None:
    home = Path("/srv/fil-vert")
    settings = Settings(
        home=home, modules=home, data=home, music=home, sip=Address("127.0.0.1", 5060), http=Address("127.0.0.1", 8088),
        rtp=(10000, 20000), ari_password=text, lines=(), phones=(Phone("adv01", text),),
        trunk=Trunk(Address("127.0.0.1", 5090), username=text or "u", password=text or "p", domain=text),
        prompts=Prompts(home, home, home, home, home, home),
    )  # fmt: skip
    if faults_of(settings):
        return
    files = configure.render(settings)
    assert section(files["pjsip.conf"], "adv01", "auth")["password"] == text
    assert ";" not in text
    assert len(files["pjsip.conf"].splitlines()) == len(files["pjsip.conf"].split("\n")) - 1


def test_secrets_are_readable_by_their_owner_alone_and_stale_files_go(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir(mode=0o755)
    (folder / "queues.conf").write_text("left by an earlier version")
    configure.write(configure.render(make()), folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert not (folder / "queues.conf").exists()
    assert not list(folder.glob(".writing-*"))


def test_secrets_are_not_in_the_representation_of_settings(make: Make) -> None:
    shown = repr(make(trunk=Trunk(Address("h", 5060), username="u", password="trunk-secret")))
    assert not {word for word in ("ari-secret", "phone-secret", "trunk-secret") if word in shown}


def test_a_home_too_deep_for_a_control_socket_gets_a_run_folder_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 90) / "asterisk"
    assert len(str(configure.run_folder(deep) / "asterisk.ctl")) <= configure.SOCKET_PATH_MAX
    assert configure.run_folder(Path("/srv/a")) == Path("/srv/a/run")
