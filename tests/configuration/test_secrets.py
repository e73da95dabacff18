"""Where passwords come from and where they lie."""

from __future__ import annotations

import stat
from pathlib import Path

from pydantic import SecretStr

from dialer.configuration.secrets import ari_password, phone_passwords
from dialer.core.words import AdviserId
from schedules.faults import Fault

ADVISERS = [AdviserId("adv01"), AdviserId("adv02")]


def drawn(state: Path, advisers: list[AdviserId] = ADVISERS, **environ: str) -> dict[str, str]:
    passwords = phone_passwords(advisers, state, demo=False, environ=environ)
    assert isinstance(passwords, dict), passwords
    return {adviser: password.get_secret_value() for adviser, password in passwords.items()}


def faults(state: Path, **environ: str) -> list[str]:
    passwords = phone_passwords(ADVISERS, state, demo=False, environ=environ)
    assert isinstance(passwords, list)
    return [str(fault) for fault in passwords]


def write(state: Path, text: str, mode: int = 0o600) -> None:
    (state / "secrets.toml").write_text(text, encoding="utf-8")
    (state / "secrets.toml").chmod(mode)


def test_in_demo_mode_every_phone_has_the_password_demo_and_nothing_is_written(tmp_path: Path) -> None:
    passwords = phone_passwords(ADVISERS, tmp_path / "var", demo=True, environ={})
    assert passwords == {adviser: SecretStr("demo") for adviser in ADVISERS}
    assert not (tmp_path / "var").exists()


def test_a_password_is_drawn_for_each_phone_once_and_only_the_owner_may_read_it(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "var"
    first = drawn(state)
    assert len(set(first.values())) == 2
    assert all(len(password) >= 24 for password in first.values())
    assert drawn(state) == first
    assert stat.S_IMODE((state / "secrets.toml").stat().st_mode) == 0o600
    assert [path.name for path in state.iterdir()] == ["secrets.toml"]


def test_a_newcomer_gets_one_and_who_comes_back_has_the_old_one(tmp_path: Path) -> None:
    first = drawn(tmp_path)
    newcomer = drawn(tmp_path, [AdviserId("adv03")])
    assert drawn(tmp_path, [*ADVISERS, AdviserId("adv03")]) == first | newcomer


def test_the_environment_beats_the_file_and_is_not_written_down(tmp_path: Path) -> None:
    assert drawn(tmp_path, DIALER_PHONE_PASSWORD_ADV01="a-long-password") == {
        "adv01": "a-long-password",
        "adv02": drawn(tmp_path)["adv02"],
    }
    assert "a-long-password" not in (tmp_path / "secrets.toml").read_text()


def test_passwords_are_not_shown_by_accident(tmp_path: Path) -> None:
    passwords = phone_passwords(ADVISERS, tmp_path, demo=False, environ={})
    assert drawn(tmp_path)["adv01"] not in repr(passwords)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "[phones]\n", 0o640)
    path = tmp_path / "secrets.toml"
    assert faults(tmp_path) == [f"{path}: can be read by others — chmod 600 {path}"]
    assert ari_password(tmp_path) == [Fault(str(path), "can be read by others", f"chmod 600 {path}")]


def test_a_weak_password_is_refused_without_being_shown(tmp_path: Path) -> None:
    write(tmp_path, '[phones]\nadv01 = "weakweak"\n')
    told = faults(tmp_path, DIALER_PHONE_PASSWORD_ADV02="has a blank in it")
    assert [line.partition(": ")[0] for line in told] == [
        f"{tmp_path / 'secrets.toml'} [phones] adv01",
        "DIALER_PHONE_PASSWORD_ADV02",
    ]
    assert not any("weakweak" in line or "blank" in line for line in told)


def test_a_broken_file_is_refused_without_being_shown_and_left_as_it_is(tmp_path: Path) -> None:
    for text in ("[phones", "phones = 1", "[phones]\nadv01 = 5", '[phones]\nadv01 = "s3cret\n'):
        write(tmp_path, text)
        (told,) = faults(tmp_path)
        assert "does not hold tables of passwords" in told
        assert "s3cret" not in told
        assert (tmp_path / "secrets.toml").read_text() == text


def test_a_state_folder_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    (told,) = faults(tmp_path / "var")
    assert "cannot be read (Not a directory)" in told


def test_the_password_of_asterisk_stays_the_same_beside_those_of_phones(tmp_path: Path) -> None:
    phones = drawn(tmp_path)
    first = ari_password(tmp_path)
    assert isinstance(first, SecretStr)
    assert ari_password(tmp_path) == first
    assert drawn(tmp_path) == phones
