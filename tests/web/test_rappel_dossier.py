"""Behind the secret link: one's own file, what one sees of it, and what one does in it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from dialer.core import events as ev
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.outcomes import Structure as Network
from dialer.core.callbacks.told import OutcomeGiven, Rescheduled
from dialer.core.cases import retention
from dialer.core.cases.actor import Side, officer, person_heard_by
from dialer.core.cases.appointment import AppointmentFixed, AppointmentMoved, Where
from dialer.core.cases.consent import Purpose, holds
from dialer.core.cases.file import facts
from dialer.core.cases.note import NoteWritten
from dialer.core.cases.path import Confirmed, Done, GivenUp, Proposed, open_path
from dialer.core.cases.path_told import PathProposed, TaskConfirmed, TaskDone, TaskId, TaskSentBack
from dialer.core.cases.responsible import CaseAssigned, Officer, OfficerId
from dialer.core.cases.told import CaseEnded, FileEvent
from dialer.core.numbers import parse_for
from dialer.core.places.academie import AcademieCode
from dialer.core.report.summary import summary
from dialer.core.structures.structure import StructureId
from dialer.core.words import By
from dialer.web import commit
from dialer.web.app import make_app
from dialer.web.rappel import proof
from dialer.web.rappel.reception import Rappel
from tests.core.file_world import plan
from tests.core.structure_world import LAVAL, MAYENNE, REUNION, closed

from .rappel_office import Office, callback_rules
from .test_rappel import filled, hidden, sent, told

pytestmark = pytest.mark.asyncio
ANNA = officer("anna")
PARIS = AcademieCode("01")


@pytest.fixture(autouse=True)
def light(monkeypatch):
    monkeypatch.setattr(proof, "ITERATIONS", 1)


@pytest.fixture
def office() -> Office:
    officers = {OfficerId("anna"): Officer(OfficerId("anna"), frozenset({PARIS}), "Anna Fictive")}
    found = Office(rules_=replace(callback_rules(), officers=officers))
    found.structures += [LAVAL, MAYENNE, REUNION]
    return found


@pytest_asyncio.fixture
async def client(office: Office) -> AsyncIterator[TestClient]:
    found = TestClient(TestServer(make_app(office, rappel=Rappel()), host="127.0.0.1"))
    await found.start_server()
    yield found
    await found.close()


async def booked(client: TestClient, **other: str) -> str:
    """The path of the secret link of a new request, in Paris unless they say otherwise."""
    status, html = await sent(client, await filled(client, **({"code_postal": "75011"} | other)))
    assert status == 200
    return re.search(r'href="(/rappel/suivi/[^"]+)"', html)[1]


async def read(client: TestClient, path: str) -> tuple[int, str]:
    async with client.get(path) as response:
        return response.status, await response.text()


async def do(client: TestClient, link: str, act: str, thing: str = "", **fields: str) -> tuple[int, str]:
    """As somebody who has just looked, unless ``version`` says what they had before them."""
    if "version" not in fields:
        fields["version"] = hidden((await read(client, link))[1], "version")
    async with client.post(f"{link}/dossier", data={"acte": act, "chose": thing, **fields}) as response:
        return response.status, await response.text()


def the_file(office: Office):
    """Of the one case that there is."""
    (file,) = office.files.values()
    return file


async def tell(office: Office, event: FileEvent) -> None:
    """As an officer would, of the one case."""
    file = the_file(office)
    change = await office.submit(ev.CaseTold(office.at, file.value.id, event, file.version, file))
    assert change.refused is None, change.refused


async def proposed(office: Office, *plans) -> list[TaskId]:
    """A path of these tasks; their ids."""
    tasks = plans or (plan("Visiter le CFA"), plan("Chercher une place", Side.SERVICE))
    await tell(office, PathProposed(office.at, ANNA, "Découvrir un métier", tasks))
    return [task.id for task in open_path(the_file(office).value.paths).tasks]


async def fixed(office: Office, on: datetime, where: Where | None = None) -> str:
    await tell(office, AppointmentFixed(office.at, ANNA, on, where or Where(LAVAL.id, referent="M. Exemple")))
    return the_file(office).value.appointments[-1].id


def state(office: Office, task: TaskId):
    paths = the_file(office).value.paths
    return next(each.state for path in paths for each in path.tasks if each.id == task)


def looks(office: Office) -> list[ev.FilesLooked]:
    return [each for each in office.events if isinstance(each, ev.FilesLooked)]


def textarea(html: str, field: str) -> str:
    return unescape(re.search(rf'<textarea id="{field}".*?>\n(.*?)</textarea>', html, re.S)[1])


# -- what is seen -----------------------------------------------------------------------------------


async def test_the_page_shows_whose_turn_each_task_is_and_by_when(office, client):
    link = await booked(client)
    await proposed(office)
    text = told((await read(client, link))[1])
    assert "Mon dossier" in text
    assert "Découvrir un métier" in text
    assert "C’est à vous de le faire. À faire au plus tard le lundi 30 novembre 2026." in text
    assert "C’est au service de le faire. À faire au plus tard le lundi 7 décembre 2026." in text
    office.later(8 * 86400)
    assert "La date est passée : c’était pour le lundi 30 novembre 2026." in told((await read(client, link))[1])


async def test_due_dates_are_told_in_the_days_of_where_they_live(office, client):
    link = await booked(client, code_postal="97400", telephone="0692 00 12 34")
    office.later(86400 * 21)  # 14 December: in La Réunion the 20th is a holiday, and a Sunday in that year
    await proposed(office, plan("Écrire", days=10))
    due = open_path(the_file(office).value.paths).tasks[0].due_on
    assert f"{due.day}" in told((await read(client, link))[1])
    assert due == date(2026, 12, 29)


async def test_a_due_date_is_over_when_the_day_is_over_where_they_live(office, client):
    link = await booked(client, code_postal="97400", telephone="0692 00 12 34")
    await proposed(office, plan("Écrire", days=1))  # by the 24th
    office.at = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)
    assert "La date est passée" not in told((await read(client, link))[1])
    office.at = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)  # half past midnight there, and not yet in Paris
    assert "La date est passée : c’était pour le mardi 24 novembre 2026." in told((await read(client, link))[1])


async def test_what_the_service_keeps_for_itself_is_not_on_the_page(office, client):
    link = await booked(client)
    await tell(office, CaseAssigned(office.at, "anna", OfficerId("anna")))
    await tell(office, NoteWritten(office.at, ANNA, "Pour nous seulement"))
    await tell(office, NoteWritten(office.at, ANNA, "Bravo pour votre visite", released=True))
    await tell(office, NoteWritten(office.at, person_heard_by("anna"), "Je préfère le matin"))
    await tell(office, PathProposed(office.at, ANNA, "Découvrir", (plan(),)))
    html = (await read(client, link))[1]
    assert "Bravo pour votre visite" in html
    assert "Vous, au téléphone, le lundi 23 novembre 2026" in told(html)
    assert "Le service l’a écrite pour vous." in told(html)
    for kept in ("Pour nous seulement", "anna", "Anna", "RDV_FIXE", "Zoé", "75011", "postcode"):
        assert kept not in html


async def test_a_note_that_was_corrected_is_shown_as_it_was_mended(office, client):
    link = await booked(client)
    await tell(office, NoteWritten(office.at, ANNA, "Au troisième étage", released=True))
    first = the_file(office).value.notes[0].id
    await tell(office, NoteWritten(office.at, ANNA, "Au premier étage", corrects=first))
    text = told((await read(client, link))[1])
    assert "Au premier étage" in text
    assert "troisième" not in text


async def test_an_appointment_has_its_hour_its_people_their_address_and_a_number_to_press(office, client):
    link = await booked(client)
    await fixed(office, datetime(2026, 12, 3, 13, 30, tzinfo=UTC))
    html = (await read(client, link))[1]
    text = told(html)
    assert "Le jeudi 3 décembre 2026 à 14\u00a0h\u00a030".replace("\u00a0", " ") in text.replace("\u00a0", " ")
    assert "CIO de Laval 1 rue des Essais, 53000 Laval Demandez : M. Exemple Téléphone : 01 99 00 00 01" in text
    assert 'href="tel:+33199000001"' in html
    assert "Prévu." in text


async def test_an_appointment_of_somebody_overseas_is_told_on_their_clock(office, client):
    link = await booked(client, code_postal="97400", telephone="0692 00 12 34")
    await fixed(office, datetime(2026, 12, 3, 13, 30, tzinfo=UTC), Where(REUNION.id))
    text = told((await read(client, link))[1]).replace("\u00a0", " ")
    assert "Le jeudi 3 décembre 2026 à 17 h 30, à l’heure qu’il est à La Réunion" in text


async def test_whoever_took_over_from_a_structure_that_closed_is_where_they_are_sent(office, client):
    link = await booked(client)
    await fixed(office, datetime(2026, 12, 3, 13, 0, tzinfo=UTC))
    office.structures[0] = closed(LAVAL, date(2026, 12, 1), MAYENNE)
    text = told((await read(client, link))[1])
    assert "Mission locale du Bocage 53100 Mayenne" in text
    assert "Elle remplace : CIO de Laval." in text
    assert "M. Exemple" not in text, "they went with the structure"
    office.structures[0] = closed(LAVAL, date(2026, 12, 1))
    assert "Cette structure est fermée ce jour-là. Appelez-nous avant d’y aller." in told((await read(client, link))[1])


async def test_an_appointment_with_a_network_or_with_what_is_no_longer_listed_is_shown_too(office, client):
    link = await booked(client)
    await fixed(office, datetime(2026, 12, 3, 13, 0, tzinfo=UTC), Where(network=Network.CIO))
    await fixed(office, datetime(2026, 12, 4, 13, 0, tzinfo=UTC), Where(StructureId("gone")))
    text = told((await read(client, link))[1])
    assert "Centre d’information et d’orientation" in text
    assert "Le service vous dira où aller." in text
    assert text.index("jeudi 3 décembre") < text.index("vendredi 4 décembre")


async def test_every_look_is_in_the_journal_before_it_is_shown(office, client, monkeypatch):
    link = await booked(client)
    await read(client, link)
    (look,) = looks(office)
    assert (look.by.name, look.cases, look.what) == ("person", (the_file(office).value.id,), "file")
    monkeypatch.setattr(commit, "COMMIT_MAX_S", 0.05)
    office.committing.clear()
    status, html = await read(client, link)
    assert status == 503
    assert "Mon dossier" not in html


async def test_what_people_write_is_text_and_never_markup(office, client):
    link = await booked(client)
    await tell(office, NoteWritten(office.at, ANNA, "<b>gras</b>", released=True))
    await do(client, link, "note", texte="<script>alert(1)</script>\r\nligne", choix="moi")
    html = (await read(client, link))[1]
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\nligne" in html
    assert "<b>gras" not in html


async def test_the_link_of_a_second_request_opens_the_same_file(office, client):
    first, second = await booked(client), await booked(client)
    assert first != second
    await proposed(office)
    await do(client, second, "note", texte="Bonjour", choix="service")
    assert "Bonjour" in (await read(client, first))[1]


async def test_nobody_s_link_opens_or_changes_another_s_file(office, client):
    mine, other = await booked(client), await booked(client, prenom="Ali", telephone="01 99 00 77 77")
    (first, theirs) = office.files.values()
    event = PathProposed(office.at, ANNA, "À elle", (plan(),))
    await office.submit(ev.CaseTold(office.at, first.value.id, event, first.version))
    task = open_path(office.files[first.value.id].value.paths).tasks[0].id
    assert "À elle" in (await read(client, mine))[1]
    assert "À elle" not in (await read(client, other))[1]
    status, html = await do(client, other, "fait", task)
    assert status == 409
    assert "Rien n’a été changé" in told(html)
    assert office.files[theirs.value.id] == theirs
    assert isinstance(open_path(office.files[first.value.id].value.paths).tasks[0].state, Proposed)


# -- what is done -----------------------------------------------------------------------------------


async def test_a_task_is_done_confirmed_and_sent_back(office, client):
    link = await booked(client)
    ours, theirs = await proposed(office)
    status, html = await do(client, link, "fait", ours)
    assert status == 200
    assert "C’est noté : cette étape est faite." in told(html)
    assert "Vous avez dit que c’est fait. Le service va vérifier." in told(html)
    assert isinstance(state(office, ours), Done)
    await tell(office, TaskSentBack(office.at, ANNA, ours, "Il manque la date"))
    html = (await read(client, link))[1]
    assert "Le service dit que ce n’est pas encore fait : Il manque la date" in told(html)
    await tell(office, TaskDone(office.at, ANNA, theirs))
    status, html = await do(client, link, "pas-encore", theirs, texte="On ne m’a pas appelée")
    assert "C’est noté : ce n’est pas encore fait." in told(html)
    assert state(office, theirs).reason == "On ne m’a pas appelée"
    await tell(office, TaskDone(office.at, ANNA, theirs))
    status, html = await do(client, link, "accord", theirs)
    assert "cette étape est finie" in told(html)
    assert isinstance(state(office, theirs), Confirmed)


async def test_a_path_is_given_up_with_a_reason_and_stands_among_those_before(office, client):
    link = await booked(client)
    await proposed(office)
    _, html = await do(client, link, "arret", texte="J’ai trouvé une place")
    assert "C’est noté : vous arrêtez cette démarche." in told(html)
    assert "Vous l’avez arrêtée le lundi 23 novembre 2026. J’ai trouvé une place" in told(html)
    assert "Aucune démarche n’est en cours." in told(html)
    assert isinstance(the_file(office).value.paths[0].over, GivenUp)


async def test_a_path_that_was_walked_to_its_end_stands_there_too(office, client):
    link = await booked(client)
    (task,) = await proposed(office, plan())
    await do(client, link, "fait", task)
    await tell(office, TaskConfirmed(office.at, ANNA, task))
    assert "Découvrir un métier. Finie le lundi 23 novembre 2026." in told((await read(client, link))[1])


async def test_an_appointment_is_called_off_with_a_reason_until_its_hour_comes(office, client):
    link = await booked(client)
    meeting = await fixed(office, office.at + timedelta(days=1))
    assert "Je n’irai pas" in told((await read(client, link))[1])
    _, html = await do(client, link, "rendez-vous", meeting, texte="Je travaille ce jour-là")
    assert "C’est noté : vous n’irez pas à ce rendez-vous." in told(html)
    assert "Vous l’avez annulé. Je travaille ce jour-là" in told(html)
    await fixed(office, office.at + timedelta(days=2))
    office.later(3 * 86400)
    text = told((await read(client, link))[1])
    assert "La date est passée." in text
    assert "Je n’irai pas" not in text


async def test_a_note_is_their_own_until_they_show_it(office, client):
    link = await booked(client)
    _, html = await do(client, link, "note", texte="Je veux être boulangère", choix="moi")
    assert "Votre note est enregistrée." in told(html)
    assert "Le service ne la voit pas." in told(html)
    (note,) = the_file(office).value.notes
    assert (note.section, note.released_at) == (Side.PERSON, None)
    _, html = await do(client, link, "montrer", note.id)
    assert "Le service peut maintenant lire cette note." in told(html)
    assert the_file(office).value.notes[0].released_at == office.at
    await do(client, link, "note", texte="Et pâtissière", choix="service")
    assert the_file(office).value.notes[1].released_at == office.at


@pytest.mark.parametrize("purpose", list(Purpose))
async def test_each_consent_is_given_and_taken_back(office, client, purpose):
    link = await booked(client)
    _, html = await do(client, link, "accord-donne", purpose, choix="oui")
    assert "C’est noté : vous êtes d’accord." in told(html)
    assert holds(the_file(office).value.consents, purpose, office.at)
    status, html = await do(client, link, "accord-donne", purpose, choix="oui")
    assert (status, len(the_file(office).value.consents)) == (200, 1), "what holds is not said twice"
    _, html = await do(client, link, "accord-donne", purpose, choix="non")
    assert "C’est noté : vous n’êtes plus d’accord." in told(html)
    assert not holds(the_file(office).value.consents, purpose, office.at)


# -- what is wrong ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Écrivez "),
        (" \r\n ", "Écrivez "),
        ("x" * 501, "500 signes au plus"),
        ("a\x07b", "ne pouvons pas afficher"),
    ],
)
@pytest.mark.parametrize("act", ["pas-encore", "arret", "rendez-vous"])
async def test_a_reason_that_is_missing_or_cannot_be_kept_is_told_with_what_was_typed(office, client, act, text, said):
    link = await booked(client)
    _, theirs = await proposed(office)
    await tell(office, TaskDone(office.at, ANNA, theirs))
    meeting = await fixed(office, office.at + timedelta(days=1))
    thing = {"pas-encore": theirs, "arret": "", "rendez-vous": meeting}[act]
    before = the_file(office)
    status, html = await do(client, link, act, thing, texte=text)
    assert status == 422
    assert the_file(office) == before
    field = f"{act}-{thing}" if thing else act
    assert f'href="#{field}"' in html
    assert said in told(html)
    assert re.search(rf'<details class="later" open>(?:(?!</details>).)*id="{field}"', html, re.S), "it is unfolded"
    assert textarea(html, field) == text.strip()


async def test_all_that_is_wrong_with_a_note_is_told_at_once(office, client):
    link = await booked(client)
    status, html = await do(client, link, "note", texte="")
    assert status == 422
    assert 'href="#note"' in html
    assert 'href="#lecture"' in html
    assert "2\u00a0points à corriger" in unescape(html)
    status, html = await do(client, link, "note", texte="Bonjour", choix="tous")
    assert (status, textarea(html, "note")) == (422, "Bonjour")
    status, html = await do(client, link, "note", texte="é" * 4001, choix="moi")
    assert (status, textarea(html, "note")) == (422, "é" * 4001)
    assert the_file(office).value.notes == ()


@pytest.mark.parametrize(
    ("act", "thing", "fields"),
    [("", "", {}), ("clore", "", {}), ("accord-donne", "marketing", {"choix": "oui"}),
     ("accord-donne", "follow_up", {"choix": "peut-être"}), ("fait", "case-1-p1-t1", {}), ("montrer", "n", {}),
     ("rendez-vous", "a", {"texte": "Non"}), ("arret", "", {"texte": "Non"})],
)  # fmt: skip
async def test_what_the_page_never_offered_changes_nothing(office, client, act, thing, fields):
    link = await booked(client)
    before = the_file(office)
    status, html = await do(client, link, act, thing, **fields)
    assert status == 409
    assert "Rien n’a été changé" in told(html)
    assert the_file(office) == before


async def test_nobody_confirms_their_own_word_nor_releases_the_service_s(office, client):
    link = await booked(client)
    ours, _ = await proposed(office)
    await do(client, link, "fait", ours)
    await tell(office, NoteWritten(office.at, ANNA, "Pour nous"))
    note = the_file(office).value.notes[0].id
    for act, thing in (("accord", ours), ("fait", ours), ("montrer", note)):
        status, html = await do(client, link, act, thing)
        assert status == 409
        assert "Pour nous" not in html
    assert isinstance(state(office, ours), Done)
    assert the_file(office).value.notes[0].released_at is None


# -- somebody was faster ----------------------------------------------------------------------------


async def test_who_acts_on_an_old_page_is_told_what_happened_and_loses_nothing_that_they_typed(office, client):
    link = await booked(client)
    await proposed(office)
    old = hidden((await read(client, link))[1], "version")
    await fixed(office, office.at + timedelta(days=3))
    await tell(office, NoteWritten(office.at, ANNA, "Pour nous"))
    before = the_file(office)
    status, html = await do(client, link, "note", texte="Un long texte\r\nà moi", choix="service", version=old)
    assert status == 409
    text = told(html)
    assert "Votre dossier a changé" in text
    assert "Le service a fixé un rendez-vous. Le service a travaillé sur votre dossier." in text
    assert "Pour nous" not in text
    assert textarea(html, "note") == "Un long texte\nà moi"
    assert re.search(r'value="service" id="lecture" checked', html)
    assert the_file(office) == before
    assert "jeudi 26 novembre" in text, "the newest is shown"
    status, html = await do(
        client, link, "note", texte="Un long texte", choix="service", version=hidden(html, "version")
    )
    assert status == 200
    assert the_file(office).value.notes[-1].text == "Un long texte"


async def test_what_was_typed_for_something_that_is_gone_is_given_back_too(office, client):
    link = await booked(client)
    meeting = await fixed(office, office.at + timedelta(days=3))
    old = hidden((await read(client, link))[1], "version")
    await tell(office, AppointmentMoved(office.at, ANNA, meeting, office.at + timedelta(days=4)))
    status, html = await do(client, link, "rendez-vous", meeting, texte="Je suis malade", version=old)
    assert status == 409
    assert "Le service a déplacé un rendez-vous." in told(html)
    assert "Vous aviez écrit : Je suis malade" in told(html)


async def test_the_same_form_sent_twice_is_done_once_and_said_to_be_done(office, client):
    link = await booked(client)
    ours, theirs = await proposed(office)
    meeting = await fixed(office, office.at + timedelta(days=1))
    await tell(office, TaskDone(office.at, ANNA, theirs))
    for act, thing, fields in (
        ("fait", ours, {}), ("pas-encore", theirs, {"texte": "Non"}), ("rendez-vous", meeting, {"texte": "Non"}),
        ("note", "", {"texte": "Bonjour", "choix": "moi"}), ("accord-donne", "follow_up", {"choix": "oui"}),
    ):  # fmt: skip
        version = hidden((await read(client, link))[1], "version")
        first = await do(client, link, act, thing, version=version, **fields)
        after = the_file(office)
        again = await do(client, link, act, thing, version=version, **fields)
        assert again == first, act
        assert again[0] == 200
        assert the_file(office) == after
    version = hidden((await read(client, link))[1], "version")
    note = the_file(office).value.notes[0].id
    assert (await do(client, link, "montrer", note, version=version))[0] == 200
    assert (await do(client, link, "montrer", note, version=version))[0] == 200
    assert (await do(client, link, "arret", version=str(the_file(office).version), texte="Fini"))[0] == 200
    assert (await do(client, link, "arret", version=str(the_file(office).version - 1), texte="Fini"))[0] == 200


async def test_two_pages_that_do_two_things_are_not_taken_for_one(office, client):
    link = await booked(client)
    first, second = await proposed(office, plan("Un"), plan("Deux"))
    old = hidden((await read(client, link))[1], "version")
    await do(client, link, "fait", first, version=old)
    status, html = await do(client, link, "fait", second, version=old)
    assert status == 409
    assert "Vous avez changé votre dossier, sur une autre page ou au téléphone." in told(html)
    assert isinstance(state(office, second), Proposed)
    status, html = await do(client, link, "note", texte="Un", choix="moi", version=old)
    assert (status, textarea(html, "note")) == (409, "Un")


@pytest.mark.parametrize("version", ["", "-1", "999", "x", "1" * 30, "²"])
async def test_a_form_that_does_not_say_what_was_before_them_changes_nothing(office, client, version):
    link = await booked(client)
    await proposed(office)
    before = the_file(office)
    status, html = await do(client, link, "note", texte="Bonjour", choix="moi", version=version)
    assert status == 409
    assert "Cette page était trop ancienne." in told(html)
    assert textarea(html, "note") == "Bonjour"
    assert the_file(office) == before


async def test_a_fault_on_an_old_page_is_told_with_what_happened(office, client):
    link = await booked(client)
    await proposed(office)
    old = hidden((await read(client, link))[1], "version")
    await fixed(office, office.at + timedelta(days=3))
    status, html = await do(client, link, "arret", texte="", version=old)
    assert status == 409
    assert "Le service a fixé un rendez-vous." in told(html)
    assert "Écrivez pourquoi vous arrêtez." in told(html)
    assert html.count(" autofocus") == 1


async def test_an_act_that_is_not_committed_is_not_said_to_be_done(office, client, monkeypatch):
    link = await booked(client)
    old = hidden((await read(client, link))[1], "version")
    monkeypatch.setattr(commit, "COMMIT_MAX_S", 0.05)
    office.committing.clear()
    status, html = await do(client, link, "note", texte="Bonjour", choix="moi", version=old)
    assert status == 503
    assert "est enregistrée" not in html


async def test_an_address_that_claims_something_was_done_says_it_only_where_it_is_so(office, client):
    link = await booked(client)
    _, theirs = await proposed(office)
    await tell(office, TaskDone(office.at, ANNA, theirs))
    version = the_file(office).version
    for claim in (version, 999, "opposition", "annulation", "x"):
        assert 'class="done"' not in (await read(client, f"{link}?fait={claim}"))[1]


# -- the end ----------------------------------------------------------------------------------------


async def test_an_ended_case_is_read_and_written_to_and_its_path_is_over(office, client):
    link = await booked(client)
    ours, _ = await proposed(office)
    meeting = await fixed(office, office.at + timedelta(days=3))
    await tell(office, CaseEnded(office.at, ANNA, CallbackOutcome.DEJA_EN_SOLUTION))
    text = told((await read(client, link))[1])
    assert "Votre dossier est clos depuis le lundi 23 novembre 2026." in text
    assert "Arrêtée le lundi 23 novembre 2026, avec le dossier." in text
    assert "C’est fait" not in text
    status, html = await do(client, link, "fait", ours)
    assert (status, "Le dossier est clos." in told(html)) == (409, True)
    assert (await do(client, link, "rendez-vous", meeting, texte="Plus besoin"))[0] == 200
    assert (await do(client, link, "note", texte="Merci", choix="service"))[0] == 200
    assert (await do(client, link, "accord-donne", "follow_up", choix="oui"))[0] == 200
    assert [each.text for each in the_file(office).value.notes] == ["Merci"]


async def test_an_archived_and_an_erased_file_are_no_longer_kept_and_nobody_looked_at_them(office, client):
    link = await booked(client)
    await tell(office, NoteWritten(office.at, ANNA, "Bravo", released=True))
    await tell(office, CaseEnded(office.at, ANNA, CallbackOutcome.DEJA_EN_SOLUTION))
    old = hidden((await read(client, link))[1], "version")
    file, seen = the_file(office), len(looks(office))
    archived = retention.archive(file.value, summary(file.value.case, (), (), facts(file.value), office.at), office.at)
    office.files[file.value.id] = archived
    for status, html in (await read(client, link), await do(client, link, "note", texte="?", choix="moi", version=old)):
        assert status == 410
        assert "Votre dossier n’est plus conservé" in told(html)
        assert "Bravo" not in html
    office.files.clear()
    office.closed.clear()
    office.intakes.clear()
    status, html = await read(client, link)
    assert status == 410, "the link is ours, though nothing is kept of what it opened"
    assert (await read(client, f"{link[:-22]}{'A' * 22}"))[0] == 404
    assert len(looks(office)) == seen


# -- never again ------------------------------------------------------------------------------------


async def test_never_to_be_called_again_is_asked_once_more_and_holds_at_once(office, client):
    link = await booked(client)
    assert "Ne plus jamais m’appeler" in told((await read(client, link))[1])
    status, html = await read(client, f"{link}/opposition")
    assert status == 200
    assert "le numéro qui finit par 34" in told(html)
    assert len(office.callbacks) == 1, "a link that is only followed changes nothing"
    async with client.post(f"{link}/opposition") as response:
        html = await response.text()
    assert "C’est noté : nous ne vous appellerons plus." in told(html)
    assert "Vous nous avez demandé de ne plus vous appeler" in told(html)
    assert office.callbacks == []
    assert [each.by for each in office.events if isinstance(each, ev.NumberOpposed)] == ["person"]
    assert the_file(office).value.case.ended.outcome is CallbackOutcome.OPPOSITION
    async with client.get(f"{link}/opposition", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, link), "there is nothing more to ask"


async def test_where_the_case_is_called_now_is_opposed_by_the_link_of_its_first_request_too(office, client):
    link = await booked(client)
    (first,) = office.callbacks
    fixed_at = Report(CallbackOutcome.RDV_FIXE, date=office.at + timedelta(days=2))
    await office.submit(ev.CallbackTold(office.at, first.id, OutcomeGiven(office.at, fixed_at, By.PERSON)))
    await booked(client)
    (second,) = office.callbacks
    assert second.case == first.case
    other = parse_for("01 99 00 00 56")
    await office.submit(ev.CallbackTold(office.at, second.id, Rescheduled(office.at, None, other)))
    assert "celui qui finit par 56" in told((await read(client, f"{link}/opposition"))[1])
    async with client.post(f"{link}/opposition") as response:
        assert response.status == 200
    assert office.callbacks == []
    assert office.is_opposed(other.number)
    assert office.is_opposed(first.phone.number)


async def test_where_acts_are_sent_to_leads_back_to_the_file(client):
    link = await booked(client)
    async with client.get(f"{link}/dossier", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, link)
    wrong = f"{link[:-22]}{'A' * 22}"
    for path in (f"{wrong}/dossier", f"{wrong}/opposition"):
        assert (await read(client, path))[0] == 404
        async with client.post(path, data={"acte": "note"}) as response:
            assert response.status == 404
