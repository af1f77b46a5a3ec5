"""Pages of imports: upload, progress, refused rows, undo; only for those who run the programme."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.models import Customer
from prm.common.imports import services
from prm.common.imports.models import Import
from prm.common.models import Job
from tests.factories import make_user

pytestmark = pytest.mark.django_db
GOOD = b"external_id,name\nC1,Initech\nC2,Hooli\n"
BAD = b"external_id,name\nC1,Initech\nC1,Again\n"


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.PRM_FILES = tmp_path


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make_user(staff_role="operations"))
    return client


def upload(client: Client, content: bytes, **more: Any) -> Any:
    file = SimpleUploadedFile("customers.csv", content)
    data = {"file": file, "resource": "customer", "source": "crm"} | more
    return client.post(reverse("imports:import_list"), data)


def work() -> Import:
    """Do what the worker would do, and return the run."""
    run = Import.objects.get()
    return services.run_import(run, now=timezone.now())


def page(client: Client, run: Import) -> str:
    response = client.get(reverse("imports:import_detail", args=[run.public_id]))
    assert response.status_code == 200
    return response.content.decode()


def test_an_upload_becomes_a_job_and_the_page_polls_until_it_is_done(desk: Client) -> None:
    response = upload(desk, GOOD)
    run = Import.objects.get()
    assert response.url == reverse("imports:import_detail", args=[run.public_id])
    assert Job.objects.filter(kind="import.run").count() == 1
    waiting = page(desk, run)
    assert 'hx-trigger="every 2s"' in waiting
    assert "You can leave this page" in waiting
    done = page(desk, work())
    assert "every 2s" not in done
    assert "2 rows read" in done
    assert Customer.objects.count() == 2


def test_refused_rows_are_shown_with_line_and_reason_and_as_a_file(desk: Client) -> None:
    upload(desk, BAD)
    run = work()
    html = page(desk, run)
    assert "needs a look" in html or "need a look" in html
    problem = run.problems.first()
    assert problem is not None
    assert str(problem.line) in html
    response = desk.get(reverse("imports:import_errors", args=[run.public_id]))
    assert b"line" in b"".join(response.streaming_content)


def test_an_import_is_undone_from_its_page(desk: Client) -> None:
    upload(desk, GOOD)
    run = work()
    assert "Undo import" in page(desk, run)
    response = desk.post(reverse("imports:import_undo", args=[run.public_id]), follow=True)
    assert "The import is taken back" in response.content.decode()
    assert Customer.objects.count() == 0
    assert "Undo import" not in page(desk, run)


def test_settings_offer_no_undo(desk: Client) -> None:
    file = SimpleUploadedFile("setting.csv", b"key,value\nown,1\n")
    desk.post(
        reverse("imports:import_list"), {"file": file, "resource": "setting", "source": "crm"}
    )
    assert "Undo import" not in page(desk, work())


def test_after_seven_days_undo_is_not_offered(desk: Client) -> None:
    upload(desk, GOOD)
    run = work()
    Import.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=8))
    assert "Undo import" not in page(desk, run)


def test_a_check_stores_nothing_and_says_so(desk: Client) -> None:
    upload(desk, GOOD, dry_run="on")
    html = page(desk, work())
    assert "Nothing was stored" in html
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"resource": "spaceship"}, "Select a valid choice"),
        ({"source": " "}, "This field is required"),
        ({"file": ""}, "This field is required"),
        ({"mapping": SimpleUploadedFile("m.toml", b"not = = toml")}, "This is no TOML file"),
        (
            {"mapping": SimpleUploadedFile("m.toml", b"# long\n" * 30_000)},
            "more than 200 kB",
        ),
    ],
)
def test_a_wrong_upload_comes_back_with_what_to_do(
    more: dict[str, Any], sentence: str, desk: Client
) -> None:
    response = upload(desk, GOOD, **more)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Import.objects.exists()


def test_nobody_else_sees_imports(desk: Client) -> None:
    upload(desk, GOOD)
    run = Import.objects.get()
    client = Client()
    client.force_login(make_user(staff_role="channel_manager"))
    for name, args in (
        ("imports:import_list", []),
        ("imports:import_detail", [run.public_id]),
        ("imports:import_errors", [run.public_id]),
    ):
        assert client.get(reverse(name, args=args)).status_code == 403
    assert client.post(reverse("imports:import_undo", args=[run.public_id])).status_code == 403
