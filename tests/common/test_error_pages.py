"""Error pages: what failed, whose fault, what is safe, what to do; never who or what is foreign."""

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.db.backends.signals import connection_created
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from prm.common import config, database, errorpages, maintenance
from prm.common.exports import csv_response, xlsx_response
from prm.common.models import User
from tests.factories import make_member, make_user
from tests.world import World

ID = "0192f000-0000-7000-8000-00000000dead"


def client_of(user: User | None = None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


@pytest.mark.django_db
def test_an_unknown_page_offers_to_search_for_the_words_of_its_address(world: World) -> None:
    staff = client_of(make_user(staff_role="admin")).get("/partnerz/acme-systems/")
    assert staff.status_code == 404
    page = staff.content.decode()
    assert 'action="/search/"' in page
    assert 'value="acme systems"' in page
    assert 'class="side"' in page  # the person keeps the frame
    partner = client_of(world.pat.user).get("/nowhere/big-deal/").content.decode()
    assert 'action="/portal/deals/"' in partner
    assert 'value="big deal"' in partner
    nobody = client_of().get("/nowhere/").content.decode()
    assert "search" not in nobody


@pytest.mark.parametrize("path", ["//evil.example/x?y=1", "/\\evil.example", "///evil.example"])
def test_the_way_back_never_leads_to_another_site(path: str) -> None:
    """A page of ours whose path begins so is a page of theirs once the host is left away."""
    for header in ("Referer", "HX-Current-URL"):
        request = RequestFactory().get("/", headers={header: f"http://testserver{path}"})
        assert errorpages.back(request) == "/"
    known = RequestFactory().get("/", headers={"Referer": "http://testserver/deals/?q=%2F%2Fx"})
    assert errorpages.back(known) == "/deals/?q=%2F%2Fx"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (f"/partners/{ID}/", ""),
        ("/partners/acme_gmbh-2/", "acme gmbh"),
        ("/files/report.pdf", "report"),
        ("/%3Cscript%3Ealert(1)%3C/script%3E/", "script"),
        ("/", ""),
    ],
)
def test_only_words_of_an_address_are_searched(path: str, words: str) -> None:
    assert errorpages.words_of(path) == words


@pytest.mark.django_db
def test_a_refused_employee_reads_which_administrators_give_access() -> None:
    make_user("gone@example.com", staff_role="admin", name="Gone", is_active=False)
    make_user("boss@example.com", staff_role="admin", name="Berta Boss")
    page = client_of(make_user(staff_role="executive")).get("/settings/people/")
    assert page.status_code == 403
    text = page.content.decode()
    assert "Berta Boss" in text
    assert 'href="mailto:boss@example.com"' in text
    assert "Gone" not in text


@pytest.mark.django_db
def test_a_refused_partner_learns_only_names_of_its_own_company_and_its_manager(
    world: World,
) -> None:
    seller = make_member(world.acme, "sven@example.com", "sales")
    page = client_of(seller.user).get("/partners/")
    text = page.content.decode()
    assert page.status_code == 403
    assert "pat@example.com" in text  # the company's own administrator
    assert "Ana Manager" in text  # who looks after it
    assert "gil@example.com" not in text
    assert "admin@example.com" not in text
    assert "Ada Admin" not in text


@pytest.mark.django_db
def test_somebody_without_a_role_learns_no_names(world: World) -> None:
    make_user("boss@example.com", staff_role="admin", name="Berta Boss")
    page = client_of(make_user("nobody@example.com")).get("/partners/")
    assert page.status_code == 403
    assert "Boss" not in page.content.decode()


@pytest.mark.django_db
def test_an_address_that_only_takes_steps_says_so() -> None:
    person = make_user("other@example.com", staff_role="operations")
    page = client_of(make_user(staff_role="admin")).get(
        f"/settings/people/{person.public_id}/deactivate/"
    )
    assert page.status_code == 405
    assert page["Allow"] == "POST"
    assert "press it there" in page.content.decode()


@pytest.mark.django_db
def test_who_may_not_take_a_step_is_refused_whatever_the_method() -> None:
    person = make_user("other@example.com", staff_role="operations")
    url = f"/settings/people/{person.public_id}/deactivate/"
    client = client_of(make_user(staff_role="executive"))
    for answer in (client.get(url), client.post(url), client.put(url)):
        assert answer.status_code == 403
        assert "Allow" not in answer


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/kpis/", "/accounts/login/link/"])
def test_what_only_shows_says_so_when_something_is_sent_to_it(url: str) -> None:
    page = client_of(make_user(staff_role="admin")).put(url)
    assert page.status_code == 405
    assert "GET" in page["Allow"]
    assert "Nothing can be sent to this address" in page.content.decode()


@pytest.mark.django_db
def test_a_refused_manager_reads_for_whom_imports_are() -> None:
    make_user("boss@example.com", staff_role="admin", name="Berta Boss")
    page = client_of(make_user(staff_role="channel_manager")).get("/imports/")
    assert page.status_code == 403
    text = page.content.decode()
    assert "It is for: Administrator, Partner operations." in text
    assert "Berta Boss" in text


@pytest.mark.django_db
def test_too_many_tries_say_when_to_try_again() -> None:
    cache.clear()
    client = client_of()
    for _try in range(31):
        page = client.post("/accounts/login/link/", {"secret": "x"})
    cache.clear()
    assert page.status_code == 429
    assert page["Retry-After"] == "60"
    assert "Try again in 1 minute; nothing was lost." in page.content.decode()


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`breaking(error)`: the overview fails with it."""

    def install(error: Exception) -> None:
        def fail(*_args: Any, **_kwargs: Any) -> None:
            raise error

        monkeypatch.setattr("kpis.views.values.store_for", fail)

    return install


@pytest.mark.django_db
def test_our_fault_has_a_code_that_the_log_holds_and_asks_no_database(
    breaking: Any, caplog: pytest.LogCaptureFixture
) -> None:
    breaking(RuntimeError("kaputt"))
    with caplog.at_level(logging.ERROR):
        page = client_of(make_user(staff_role="admin")).get("/?period=2026-07")
    assert page.status_code == 500
    text = page.content.decode()
    (code,) = re.findall(r"[0-9A-F]{4}-[0-9A-F]{4}", text)
    assert any(code in record.getMessage() for record in caplog.records)
    assert page["X-Request-ID"].upper().startswith(code.replace("-", ""))
    assert 'href="/?period=2026-07"' in text  # try again
    assert "kaputt" not in text
    assert 'class="side"' not in text


@pytest.mark.django_db
def test_without_a_database_every_page_says_that_it_comes_back() -> None:
    client = client_of(make_user(staff_role="admin"))
    config.program()
    connection.close()

    def away(*_args: Any) -> None:
        raise OperationalError("could not connect to server")

    with connection.execute_wrapper(away):
        page = client.get("/partners/")
        api = client.get("/api/v1/partners/")
    assert page.status_code == api.status_code == 503
    assert page["Retry-After"] == api["Retry-After"] == "20"
    assert "We can’t reach our data right now" in page.content.decode()
    assert api["Content-Type"] == "application/problem+json"
    assert api.json()["type"].endswith("unavailable")


def test_a_statement_that_is_too_slow_is_not_a_database_that_is_away() -> None:
    slow = OperationalError("canceling statement")
    slow.__cause__ = type("Cause", (Exception,), {"pgcode": "57014"})()
    gone = OperationalError("terminating connection")
    gone.__cause__ = type("Cause", (Exception,), {"pgcode": "57P01"})()
    assert not errorpages.database_is_away(slow)
    assert errorpages.database_is_away(gone)
    assert errorpages.database_is_away(OperationalError("could not connect"))
    assert not errorpages.database_is_away(RuntimeError())


@pytest.mark.django_db
def test_a_statement_that_takes_too_long_says_to_ask_for_less(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def sleep(*_args: Any, **_kwargs: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 20; SELECT pg_sleep(5)")

    client = client_of(make_user(staff_role="admin"))
    monkeypatch.setattr("kpis.views.values.store_for", sleep)
    page = client.get("/")
    assert page.status_code == 503
    assert page["Retry-After"] == "20"
    assert "Ask for less: a longer search text" in page.content.decode()


@pytest.mark.django_db
def test_only_files_wait_longer_for_the_database_than_a_page() -> None:
    def limit() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            return str(cursor.fetchone()[0])

    database.limit_statements()
    try:
        connection_created.send(type(connection), connection=connection)
        assert limit() == "30s"
        with database.without_limit():
            assert limit() == "0"
        assert limit() == "30s"
        seen: list[str] = []
        lines = ([seen.append(limit())] for _line in range(1))
        list(csv_response(["x"], lines, "x").streaming_content)
        xlsx_response(["x"], ([seen.append(limit())] for _line in range(1)), "x")
        assert seen == ["0", "0"]
        assert limit() == "30s"
    finally:
        connection_created.disconnect(dispatch_uid="page limit")


@pytest.mark.django_db
def test_an_old_form_says_that_nothing_was_saved() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(staff_role="admin"))
    page = client.post(
        "/settings/people/", {}, headers={"Referer": "http://testserver/settings/people/?q=x"}
    )
    assert page.status_code == 403
    text = page.content.decode()
    assert "Nothing was saved" in text
    assert 'href="/settings/people/?q=x"' in text


@pytest.mark.django_db
def test_more_than_we_take_is_413_and_says_what_to_do(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    page = client_of(make_user(staff_role="admin")).post("/settings/people/", {"name": "x" * 500})
    assert page.status_code == 413
    assert "Send less text" in page.content.decode()


@pytest.mark.django_db
def test_where_trying_again_leads_is_always_on_this_site() -> None:
    request = RequestFactory().post("/x/", headers={"Referer": "https://evil.example/login"})
    assert errorpages.back(request) == "/"


@pytest.fixture
def closed_file(settings: Any, tmp_path: Path) -> Path:
    settings.PRM_MAINTENANCE_FILE = tmp_path / "maintenance.json"
    return tmp_path / "maintenance.json"


def test_maintenance_closes_pages_and_api_without_a_database_but_not_health(
    closed_file: Path,
) -> None:
    now = timezone.now()
    maintenance.begin("The tables move house.", now + timezone.timedelta(minutes=20))
    client = client_of()
    page, api = client.get("/partners/"), client.get("/api/v1/partners/")
    assert page.status_code == api.status_code == 503
    assert 1100 < int(page["Retry-After"]) <= 1200
    assert "The tables move house. We expect to be back at" in page.content.decode()
    assert api["Content-Type"] == "application/problem+json"
    assert client.get("/healthz").status_code == 200
    assert maintenance.end()
    assert not maintenance.end()


@pytest.mark.parametrize("text", ["", "nonsense", "[1]", '{"until": 7}', '{"until": "2026"}'])
@pytest.mark.django_db
def test_any_file_of_that_name_closes_the_site(closed_file: Path, text: str) -> None:
    closed_file.write_text(text)
    page = client_of().get("/")
    assert page.status_code == 503
    assert page["Retry-After"] == "600"
    assert "Everything that you saved is safe." in page.content.decode()
    closed_file.unlink()
    assert client_of().get("/").status_code == 302


@pytest.mark.django_db
def test_a_part_of_a_page_leads_to_sign_in_when_the_session_is_over() -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/partners/?q=ac"}
    answer = client_of().get("/partners/?q=acm", headers=headers)
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/accounts/login/?next=/partners/%3Fq%3Dac"


@pytest.mark.django_db
def test_a_step_comes_back_to_its_page_after_sign_in() -> None:
    headers = {"Referer": "http://testserver/settings/people/"}
    answer = client_of().post(f"/settings/people/{ID}/deactivate/", headers=headers)
    assert answer.url == "/accounts/login/?next=/settings/people/"


@pytest.mark.django_db
def test_error_pages_use_no_inline_style_or_script() -> None:
    request: HttpRequest = RequestFactory().get("/x/")
    page = errorpages.bare_page(request, 500, "T", "A", code="1234-ABCD")
    assert isinstance(page, HttpResponse)
    assert "style=" not in page.content.decode()
    assert isinstance(errorpages.not_found(request, Http404()), HttpResponse)
