"""What the news of recruiting leads to: who is told, whose task it is, and how both end."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from partners.models import AccessRequest, Application, Territory
from partners.recruiting import accessing, services
from partners.recruiting.inviting import invite_to_apply
from prm.common import access
from prm.common.models import Notice, Task, User
from prm.common.notices.reading import lines_of
from tests.factories import make_application, make_form, make_member, make_partner, make_user
from tests.world import World

pytestmark = pytest.mark.django_db


def told(user: User) -> list[str]:
    """What this person reads, oldest first."""
    rows = Notice.objects.filter(to=user).order_by("pk")
    return [line.sentence for line in lines_of(rows, access.actors_for(user))]


def waiting(world: World, **more: Any) -> Application:
    """An application that was confirmed a moment ago."""
    fields = {"state": "unconfirmed", "confirmed_at": None, "company": "Initech", "region": "DACH"}
    form = more.pop("form", None) or make_form()
    application = make_application(form, **(fields | more))
    return services.confirm_application(application, now=timezone.now())


@pytest.fixture
def terri(world: World) -> User:
    """A channel manager with a territory."""
    user = make_user("terri@example.com", staff_role="channel_manager", name="Terri")
    Territory.objects.create(manager=user, region="DACH")
    return user


def test_an_application_becomes_a_task_of_the_regions_manager(world: World, terri: User) -> None:
    application = waiting(world)
    task = Task.objects.get(source="application")
    assert (task.owner, task.state, task.url) == (terri, "open", application.get_absolute_url())
    assert task.due_on is not None
    assert told(terri) == ["Decide about the application of Initech"]
    assert Notice.objects.get(to=terri).url == f"/tasks/{task.public_id}/"
    assert told(world.admin) == []  # it is somebody's task: not everybody's mail
    assert told(world.ana) == []  # neither her region nor her invitation


def test_an_application_is_told_to_the_regions_managers_and_without_one_to_who_runs_it(
    world: World, terri: User
) -> None:
    other = make_user("tom@example.com", staff_role="channel_manager", name="Tom")
    Territory.objects.create(manager=other, region="DACH")
    waiting(world)
    assert Task.objects.get(source="application").owner is None  # two could: nobody is named
    words = ["Initech applies and waits for a decision"]
    assert told(terri) == told(other) == told(world.admin) == words
    waiting(world, company="Hooli", region="Nordics", form=make_form("nordic"))
    assert told(world.admin)[1:] == ["Hooli applies and waits for a decision"]
    assert told(terri) == words


def test_the_task_rests_with_the_question_and_comes_back_with_the_answer(
    world: World, terri: User
) -> None:
    application, now = waiting(world), timezone.now()
    services.ask_for_detail(application, text="Who?", by=world.admin, now=now)
    assert Task.objects.get(source="application").state == "dismissed"
    application.refresh_from_db()
    services.answer_detail(application, text="We.", now=now + timedelta(hours=1))
    assert Task.objects.get(source="application").state == "open"
    assert told(terri)[-1] == told(world.admin)[-1] == "Initech has answered your question"


@pytest.mark.parametrize("decision", ["approve", "reject", "withdraw"])
def test_a_decision_closes_the_task_and_the_inviter_learns_it(
    decision: str, world: World, terri: User
) -> None:
    form, now = make_form("invited"), timezone.now()
    invite_to_apply(form, email="x@initech.example", by=terri, now=now)
    invitation = form.invitations.get()
    application = waiting(world, form=form, invitation=invitation, region="")
    assert Task.objects.get(source="application").owner == terri
    if decision == "approve":
        services.approve_application(
            application, by=world.admin, now=now, valid_from=now.date(), partner=world.acme
        )
    elif decision == "reject":
        services.reject_application(application, reason="other", by=world.admin, now=now)
    else:
        services.withdraw_application(application, by=None, now=now)
    task = Task.objects.get(source="application")
    assert task.state == ("dismissed" if decision == "withdraw" else "done")
    if decision == "approve":
        return  # the partner is Ana's, so Terri may not know of the application any more
    end = "Initech has withdrawn its application"
    end = "Initech, which you invited, was rejected" if decision == "reject" else end
    assert told(terri)[-1] == end


def asked(world: World, email: str = "amy@acme.example") -> AccessRequest:
    """Somebody whose address is confirmed asks for access."""
    row = accessing.request_access(name="Amy", email=email, now=timezone.now())
    return accessing.confirm_access(row, now=timezone.now())


def test_the_administrators_of_a_company_are_asked_for_access_and_nobody_else(
    world: World,
) -> None:
    type(world.acme).objects.filter(pk=world.acme.pk).update(domain="acme.example")
    seller = make_member(world.acme, "sales@acme.example", "sales").user
    request = asked(world)
    assert told(world.pat.user) == ["Amy asks for access to the portal"]
    notice = Notice.objects.get(to=world.pat.user)
    assert notice.url == f"/portal/people/requests/{request.public_id}/"
    assert told(seller) == told(world.ana) == told(world.gil.user) == []
    assert not Task.objects.filter(source="access_request").exists()


def test_without_an_administrator_access_is_a_task_of_ours(world: World) -> None:
    partner = make_partner("Lonely", domain="lonely.example", manager=world.ana)
    request = asked(world, "amy@lonely.example")
    task = Task.objects.get(source="access_request")
    assert (task.owner, task.company) == (world.ana, partner.public_id)
    assert told(world.ana) == ["Amy asks for access to the portal"]
    accessing.approve_access(request, roles=["sales"], by=world.ana, now=timezone.now())
    assert Task.objects.get(source="access_request").state == "done"


def test_an_address_of_nobody_is_asked_of_who_runs_the_programme(world: World) -> None:
    asked(world, "amy@nowhere.example")
    assert told(world.admin) == ["Amy asks for access to the portal"]
    assert told(world.ana) == []


def test_the_company_learns_who_can_sign_in_and_the_person_does_not(world: World) -> None:
    from partners.accounts.joining import add_person

    member = add_person(
        world.acme, email="new@acme.example", name="New", roles=["admin"], by=world.admin,
        now=timezone.now(),
    )  # fmt: skip
    assert told(world.pat.user) == ["New can sign in for Acme now"]
    assert told(world.ana) == ["New can sign in for Acme now"]
    assert told(member.user) == told(world.admin) == told(world.gil.user) == []
