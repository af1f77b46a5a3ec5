"""Imports through the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from partners.models import Customer
from prm.common import jobs
from prm.common.models import Import, Job
from tests.api.conftest import token_client
from tests.world import World

IMPORTS = "/api/v1/imports/"
ROWS = b"customer_id,name,region\nC1,Vandelay,DACH\nC2,Kramerica,DACH\n"


@pytest.fixture(autouse=True)
def _files(tmp_path: object, settings: object) -> None:
    settings.PRM_FILES = tmp_path


def upload(client: object, content: bytes = ROWS, **more: object) -> object:
    file = SimpleUploadedFile("customers.csv", content, "text/csv")
    key = {"HTTP_IDEMPOTENCY_KEY": more.pop("key")} if "key" in more else {}
    body = {"file": file, "resource": "customer", "source": "crm"} | more
    return client.post(IMPORTS, body, format="multipart", **key)


def work() -> None:
    for job in Job.objects.filter(kind="import.run", state="waiting"):
        jobs.run(job.pk, timezone.now())


def test_a_file_is_imported_watched_and_taken_back(world: World) -> None:
    client = token_client(world.admin)
    made = upload(client)
    assert made.status_code == 201, made.content
    url = f"{IMPORTS}{made.json()['id']}/"
    assert client.get(url).json()["state"] == "waiting"
    work()
    run = client.get(url).json()
    assert (run["state"], run["created"], run["rejected"]) == ("done", 2, 0), run
    assert Customer.objects.filter(source="crm").count() == 2
    undone = client.post(f"{url}undo/", {}, format="json")
    assert undone.status_code == 200, undone.content
    assert not Customer.objects.filter(source="crm").exists()
    assert client.post(f"{url}undo/", {}, format="json").status_code == 409


def test_refused_rows_are_named(world: World) -> None:
    client = token_client(world.admin)
    made = upload(client, ROWS + b"C3,X,Y,Z,Z\n")
    work()
    problems = client.get(f"{IMPORTS}{made.json()['id']}/problems/").json()
    assert [problem["line"] for problem in problems] == [4]
    assert problems[0]["reason"]


def test_the_same_upload_with_the_same_key_starts_one_run(world: World) -> None:
    client = token_client(world.admin)
    first, second = (upload(client, key="once") for _ in range(2))
    assert first.json() == second.json()
    assert upload(client, ROWS + b"C4,X,Y\n", key="once").status_code == 422
    assert Import.objects.count() == 1


@pytest.mark.parametrize(
    "change", [{"resource": "nothing"}, {"source": ""}, {"surprise": "1"}, {"file": "text"}]
)
def test_a_bad_upload_is_400_and_starts_nothing(world: World, change: dict) -> None:
    answer = upload(token_client(world.admin), **change)
    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert not Import.objects.exists()


@pytest.mark.parametrize("who", ["ana", "pat"])
def test_only_those_who_run_the_programme_import(world: World, who: str) -> None:
    user = world.pat.user if who == "pat" else world.ana
    client = token_client(user, ["deals:read"])
    assert client.get(IMPORTS).status_code == 403
    assert upload(client).status_code == 403
