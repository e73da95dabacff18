"""Asterisk's whole configuration from `Settings`: rendering is pure, writing is one function.

Decides which modules are loaded, what is logged (no numbers, no names) and who may read the files (the owner alone).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ops.asterisk import dialplan, pjsip
from ops.asterisk.settings import Settings, refuse_faults

SOCKET_PATH_MAX = 100  # bytes; the kernel takes 107 for the path of a control socket
HTTP_SESSIONS_MAX = 20_000  # `sessionlimit` counts ARI and every WebSocket phone; its default is 100
WEBSOCKET_WRITE_MS = 5000  # the default of 100 ms closes ARI when the controller is busy for a moment

MODULES = (
    # the dialplan
    "pbx_config", "app_amd", "app_dial", "app_echo", "app_playback", "app_stasis", "app_waitforsilence",
    "func_callerid", "func_channel", "func_timeout",
    # SIP
    "res_pjproject", "res_sorcery_astdb", "res_sorcery_config", "res_sorcery_memory", "res_statsd", "res_geolocation",
    "res_pjsip", "res_pjsip_session", "res_pjsip_pubsub", "res_pjsip_authenticator_digest",
    "res_pjsip_outbound_authenticator_digest", "res_pjsip_outbound_registration",
    "res_pjsip_endpoint_identifier_ip", "res_pjsip_endpoint_identifier_user", "res_pjsip_registrar",
    "res_pjsip_caller_id", "res_pjsip_diversion", "res_pjsip_dtmf_info", "res_pjsip_empty_info", "res_pjsip_nat",
    "res_pjsip_rfc3326", "res_pjsip_sdp_rtp", "res_pjsip_header_funcs", "res_pjsip_dlg_options", "chan_pjsip",
    # media
    "res_rtp_asterisk", "res_srtp", "res_musiconhold", "res_timing_timerfd", "codec_alaw", "codec_ulaw", "codec_a_mu",
    "codec_resample", "format_pcm", "format_sln", "format_wav", "bridge_simple", "bridge_softmix",
    "bridge_native_rtp", "bridge_holding",
    # ARI. Never res_stasis_device_state, nor res_ari_device_states, which wants it: an application that watches device
    # states, as each with subscribeAll=true does, and goes while one changes locks ARI up for good (docs/faults.md)
    "res_http_websocket", "res_websocket_client", "res_stasis", "res_stasis_answer", "res_stasis_playback",
    "res_stasis_recording", "res_stasis_snoop",
    "res_ari", "res_ari_model", "res_ari_applications", "res_ari_asterisk", "res_ari_bridges", "res_ari_channels",
    "res_ari_endpoints", "res_ari_events", "res_ari_playbacks", "res_ari_recordings", "res_ari_sounds",
)  # fmt: skip

SOFTPHONE_MODULES = ("res_pjsip_transport_websocket", "codec_opus_open_source", "res_format_attr_opus")
# The passwords of softphones live in memory, put there and taken away through ARI. Configured ones stay what they were.
SOFTPHONE_SORCERY = """[res_pjsip]
auth=config,pjsip.conf,criteria=type=auth
auth=memory
"""

INDICATIONS = """[general]
country=fr

[fr]
description=France
ringcadence=1500,3500
dial=440
busy=440/500,0/500
ring=440/1500,0/3500
congestion=440/250,0/250
callwaiting=440/300,0/10000
dialrecall=!350+440/100,!0/100,!350+440/100,!0/100,!350+440/100,!0/100,350+440
record=1400/500,0/15000
info=!950/330,!1400/330,!1800/330
"""


def render(settings: Settings) -> dict[str, str]:
    """File name → text of everything in Asterisk's folder `etc`. Raises ConfigurationError with all faults."""
    refuse_faults(settings)
    http = settings.http
    files = {
        "asterisk.conf": _asterisk(settings),
        "modules.conf": _modules(settings),
        "pjsip.conf": pjsip.render(settings),
        "extensions.conf": dialplan.render(settings),
        "ari.conf": _section("general", enabled="yes", pretty="no", websocket_write_timeout=WEBSOCKET_WRITE_MS)
        + _section(settings.ari_user, type="user", read_only="no", password=settings.ari_password),
        "http.conf": _section(
            "general",
            enabled="yes",
            bindaddr=http.host,
            bindport=http.port,
            sessionlimit=HTTP_SESSIONS_MAX,
            enable_static="no",
            enable_status="no",
        ),
        "rtp.conf": _rtp(settings),
        "musiconhold.conf": _section("default", mode="files", directory=settings.music, sort="random"),
        # Warnings and errors only: notices and verbose lines carry callers' numbers.
        "logger.conf": _section("general", queue_log="no", rotatestrategy="rotate")
        + "\n[logfiles]\nmessages.log => warning,error\nconsole => error\n",
        "cdr.conf": _section("general", enable="no"),  # the controller's journal is the one source of figures
        "cel.conf": _section("general", enable="no"),
        "stasis.conf": _section("declined_message_types", decline="ast_test_suite_message_type"),
        "indications.conf": INDICATIONS,
        "features.conf": _section("general"),
        "pjproject.conf": _section("startup", log_level=1),
        "websocket_client.conf": "",
        "geolocation.conf": "",
        "statsd.conf": _section("general", enabled="no"),
        "udptl.conf": _section("general"),
        "acl.conf": "",
        "amd.conf": _section("general"),  # every value is in the dialplan
        "ccss.conf": _section("general"),
        "cli.conf": _section("startup_commands"),
        "manager.conf": _section("general", enabled="no"),
        "sorcery.conf": SOFTPHONE_SORCERY if settings.softphones else "",
    }
    for name, text in settings.extra.items():
        files[name] = files.get(name, "") + ("\n" if name in files else "") + text
    return files


def run_folder(home: Path) -> Path:
    """Where Asterisk's pid file and control socket lie: in its home, unless the socket's path would be too long."""
    run = home / "run"
    if len(os.fsencode(run / "asterisk.ctl")) <= SOCKET_PATH_MAX:
        return run
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(tempfile.gettempdir(), f"fil-vert-{os.getuid()}-{digest}")


def system_name(home: Path) -> str:
    """Makes channel ids unique between instances; the same after every restart in the same home."""
    return "fv" + hashlib.sha256(os.fsencode(home)).hexdigest()[:6]


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write the files into `folder` (0700), each 0600 and atomically, and remove `.conf` files of earlier versions."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name, text in files.items():
        handle, temporary = tempfile.mkstemp(prefix=".writing-", dir=folder)  # born 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            Path(temporary).replace(folder / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    for stale in folder.glob("*.conf"):
        if stale.name not in files:
            stale.unlink()


def prepare(settings: Settings) -> Path:
    """Make Asterisk's home (folders 0700, documentation linked) and its configuration; returns `asterisk.conf`."""
    files = render(settings)
    home = settings.home
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    for name in ("etc", "data", "data/sounds", "db", "log", "spool", "keys"):
        (home / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    run = run_folder(home)
    run.mkdir(parents=True, exist_ok=True, mode=0o700)
    if run.stat().st_uid != os.getuid():
        raise PermissionError(13, "belongs to somebody else", str(run))
    # A data folder of our own: modules want the documentation, and an empty sounds/ spares indexing thousands of files.
    documentation = home / "data/documentation"
    if documentation.is_symlink() or documentation.exists():
        documentation.unlink()
    documentation.symlink_to(settings.data / "documentation")
    write(files, home / "etc")
    return home / "etc/asterisk.conf"


def _asterisk(settings: Settings) -> str:
    home = settings.home
    directories = {
        "astetcdir": home / "etc", "astmoddir": settings.modules, "astvarlibdir": home / "data",
        "astdbdir": home / "db", "astkeydir": home / "keys", "astdatadir": home / "data", "astagidir": home / "data",
        "astspooldir": home / "spool", "astrundir": run_folder(home), "astlogdir": home / "log",
        "astsbindir": home / "data",
    }  # fmt: skip
    options = {
        "systemname": system_name(home), "defaultlanguage": "fr", "nocolor": "yes", "hideconnect": "yes",
        "live_dangerously": "no", "dumpcore": "no", "highpriority": "no",
    }  # fmt: skip
    return (
        _section("directories", **directories)
        + _section("options", **options)
        + _section("files", astctlpermissions="0600")
    )


def _rtp(settings: Settings) -> str:
    first, last = settings.rtp
    fields: dict[str, object] = {"rtpstart": first, "rtpend": last, "strictrtp": "yes"}
    fields["icesupport"] = "yes" if settings.softphones else "no"
    if settings.softphones and settings.softphones.stun:
        fields["stunaddr"] = settings.softphones.stun
    return _section("general", **fields)


def _modules(settings: Settings) -> str:
    ours = MODULES + (SOFTPHONE_MODULES if settings.softphones else ())
    names = [f"{name}.so" for name in ours] + [name for name in settings.extra_modules if name[:-3] not in ours]
    return "[modules]\nautoload=no\n" + "".join(f"load={name}\n" for name in names)


def _section(name: str, **fields: object) -> str:
    return f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in fields.items())
