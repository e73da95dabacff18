"""`pjsip.conf`: transports, the trunk, the advisers' phones and the softphones in their browsers.

Decides who is taken for whom: a phone by its user name and password only, the trunk by its address only. Nobody
else is let in; there is no anonymous endpoint. A softphone's password is never written here: it lives in Asterisk's
memory from sign-in to sign-out (`sorcery.conf`, dialer/web/softphone_keys.py), and without one nobody is let in.
"""

from __future__ import annotations

from collections.abc import Iterator

from ops.asterisk.settings import WEB, Address, Phone, Settings, Softphones, Trunk

TLS_PORT_STEP = 1  # our TLS listens on the SIP port plus this
EXPIRY_MIN_S, EXPIRY_MAX_S = 30, 3600
SOFTPHONE_SILENT_S = 10  # a browser sends packets without a pause, muted or not: one that sends none is rung anew

Section = tuple[str, dict[str, object]]


def render(settings: Settings) -> str:
    """The whole file."""
    sections = [
        *_base(settings),
        *_trunk(settings.trunk, settings),
        *(section for phone in settings.phones for section in _phone(phone, settings)),
        *(section for phone in settings.phones for section in _softphone(phone, settings.softphones, settings)),
    ]
    return "\n".join(_written(section) for section in sections)


def _written(section: Section) -> str:
    name, fields = section
    lines = [f"[{name}]"]
    for key, value in fields.items():
        values = value if isinstance(value, tuple) else (value,)
        lines += [f"{key}={_value(one)}" for one in values]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _base(settings: Settings) -> Iterator[Section]:
    yield (
        "global",
        {
            "type": "global",
            # With `ip` first a phone on the trunk's address would be taken for the trunk (403 on REGISTER).
            "endpoint_identifier_order": "auth_username,username,ip",
            "user_agent": "Fil vert",
            "contact_expiration_check_interval": 2,  # a phone that is gone is offered nothing, soon (30 s by default)
            # Requests are refused while PJSIP itself is behind; a slow reader of events elsewhere is no reason.
            "taskprocessor_overload_trigger": "pjsip_only",
        },
    )
    yield "system", {"type": "system", "threadpool_initial_size": 5, "threadpool_auto_increment": 5}
    transports = dict.fromkeys(("udp", settings.trunk.transport, *(("ws",) if settings.softphones else ())))
    for protocol in transports:
        step = TLS_PORT_STEP if protocol == "tls" else 0
        fields: dict[str, object] = {
            "type": "transport",
            "protocol": protocol,
            "bind": Address(settings.sip.host, settings.sip.port + step),  # of `ws` nothing is bound: it is HTTP's
        }
        if protocol == "tls":
            fields |= {"method": "tlsv1_2", "verify_server": True}
            if settings.trunk.certificates is not None:
                fields["ca_list_file"] = settings.trunk.certificates
        if settings.nat:
            fields |= {
                "external_media_address": settings.nat.external_address,
                "external_signaling_address": settings.nat.external_address,
                "local_net": settings.nat.local_networks,
            }
        yield f"transport-{protocol}", fields


def _trunk(trunk: Trunk, settings: Settings) -> Iterator[Section]:
    scheme = "" if trunk.transport == "udp" else f";transport={trunk.transport}"
    server = f"sip:{trunk.address}{scheme}"
    domain = trunk.domain or trunk.address.host
    has_auth = bool(trunk.username and trunk.password)
    yield (
        "trunk",
        {
            "type": "endpoint",
            "identify_by": "ip",  # or anybody could claim to be it by a From of this name
            "context": "from-trunk",
            "transport": f"transport-{trunk.transport}",
            "aors": "trunk",
            "from_domain": domain,
            "send_pai": True,
            "trust_id_inbound": trunk.trusts_identity,
            "trust_id_outbound": True,
            "media_encryption": "sdes" if trunk.encrypts_media else "no",
            **({"outbound_auth": "trunk"} if has_auth else {}),
            **_media(trunk.codecs, settings, symmetric=trunk.symmetric or settings.nat is not None),
        },
    )
    yield "trunk", {"type": "aor", "contact": server}
    yield "trunk", {"type": "identify", "endpoint": "trunk", "match": trunk.calls_from or (trunk.address.host,)}
    if has_auth:
        yield "trunk", {"type": "auth", "auth_type": "digest", "username": trunk.username, "password": trunk.password}
    if trunk.registers:
        yield (
            "trunk",
            {
                "type": "registration",
                "transport": f"transport-{trunk.transport}",
                "outbound_auth": "trunk",
                "server_uri": server,
                "client_uri": f"sip:{trunk.username}@{domain}",
                "contact_user": trunk.username,
                "expiration": EXPIRY_MAX_S,
                "retry_interval": 30,
                "forbidden_retry_interval": 300,
                "fatal_retry_interval": 300,
                "max_retries": 1_000_000,  # a provider that is down for a day is registered with again
                "max_random_initial_delay": 1,
            },
        )


def _phone(phone: Phone, settings: Settings) -> Iterator[Section]:
    yield (
        phone.id,
        {
            "type": "endpoint",
            "identify_by": "auth_username,username",
            "context": "from-phones",
            "transport": "transport-udp",
            "aors": phone.id,
            "auth": phone.id,
            "callerid": f"{phone.id} <{phone.id}>",  # and not whatever the phone claims
            "device_state_busy_at": 1,
            "rewrite_contact": settings.phones_behind_nat,
            "allow_subscribe": False,
            "allow_transfer": False,
            **_media(settings.phone_codecs, settings, symmetric=True),
        },
    )
    yield phone.id, {"type": "auth", "auth_type": "digest", "username": phone.id, "password": phone.password}
    yield (
        phone.id,
        {
            "type": "aor",
            "max_contacts": 1,
            "remove_existing": True,
            "minimum_expiration": EXPIRY_MIN_S,
            "maximum_expiration": EXPIRY_MAX_S,
            "qualify_frequency": settings.qualify_s,
        },
    )


def _softphone(phone: Phone, softphones: Softphones | None, settings: Settings) -> Iterator[Section]:
    """An adviser's endpoint in the browser: encrypted media by ICE and DTLS, with a certificate made at the start."""
    if softphones is None:
        return
    name = phone.id + WEB
    yield (
        name,
        {
            "type": "endpoint",
            "identify_by": "auth_username,username",
            "context": "from-phones",
            "aors": name,
            "auth": name,  # not in this file; see above
            "webrtc": True,  # AVPF, ICE, DTLS-SRTP, rtcp-mux
            "dtls_auto_generate_cert": True,
            "max_video_streams": 0,
            "callerid": f"{phone.id} <{phone.id}>",
            "device_state_busy_at": 1,
            "rewrite_contact": True,  # a browser has no address of its own: its contact is name.invalid
            "allow_subscribe": False,
            "allow_transfer": False,
            **_media(softphones.codecs, settings, symmetric=True),
            "rtp_timeout": min(SOFTPHONE_SILENT_S, settings.rtp_timeout_s),
        },
    )
    yield (
        name,
        {
            "type": "aor",
            "max_contacts": 1,
            "remove_existing": True,
            "minimum_expiration": EXPIRY_MIN_S,
            "maximum_expiration": EXPIRY_MAX_S,
            "qualify_frequency": 0,  # the proxy's pings watch the connection
        },
    )


def _media(codecs: tuple[str, ...], settings: Settings, *, symmetric: bool) -> dict[str, object]:
    """What every leg has in common. Digits by INFO arrive whatever `dtmf_mode` says (tests/ops shows it)."""
    return {
        "disallow": "all",
        "allow": ",".join(codecs),
        "dtmf_mode": "rfc4733",
        "direct_media": False,
        "rtp_symmetric": symmetric,
        "force_rport": symmetric,
        "rtp_timeout": settings.rtp_timeout_s,
        "rtp_timeout_hold": settings.rtp_timeout_s * 5,
        "send_connected_line": False,
        "language": "fr",
        "tone_zone": "fr",
    }
