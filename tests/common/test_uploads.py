"""Files come in where they belong and from whom they belong; a stranger fills no disk."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client
from django.urls import reverse

from tests.factories import make_user
from tests.world import World

pytestmark = pytest.mark.django_db
LIMIT = 50_000


@pytest.fixture
def began(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The names of the files that went to disk."""
    names: list[str] = []
    settings.PRM_FILES = tmp_path
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = LIMIT
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000
    real = TemporaryFileUploadHandler.new_file

    def noted(self: Any, field: str, name: str, *args: Any, **more: Any) -> None:
        names.append(name)
        real(self, field, name, *args, **more)

    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", noted)
    cache.clear()
    return names


def large() -> SimpleUploadedFile:
    return SimpleUploadedFile("large.csv", b"deal_id,stage\n" + b"D1,won\n" * LIMIT, "text/csv")


@pytest.mark.parametrize("path", ["/accounts/login/", "/portal/", "/nowhere/", "/imports/new/"])
def test_a_strangers_file_is_refused_before_a_byte_of_it_is_kept(
    path: str, began: list[str]
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get(reverse("account_login"))  # with a token the form is read, to compare it
    answer = client.post(path, {"file": large()})
    assert answer.status_code in {404, 413}
    assert began == []


def test_people_send_large_files_as_imports_only_and_only_who_may_import(
    world: World, began: list[str]
) -> None:
    partner, manager, operations = Client(), Client(), Client()
    partner.force_login(world.pat.user)
    manager.force_login(make_user(staff_role="channel_manager"))
    operations.force_login(make_user(staff_role="operations"))
    for client, path in (
        (partner, "/profile/"),
        (partner, "/imports/new/"),
        (manager, "/imports/new/"),
        (operations, "/profile/"),
    ):
        client.handler.enforce_csrf_checks = True
        client.cookies["csrftoken"] = "a" * 32
        assert client.post(path, {"file": large()}).status_code == 413
        assert began == []
    operations.handler.enforce_csrf_checks = False
    answer = operations.post(
        "/imports/new/", {"file": large(), "resource": "deal", "source": "crm"}
    )
    assert answer.status_code == 302
    assert began == ["large.csv"]


def test_the_api_takes_large_files_from_who_may_import(world: World, began: list[str]) -> None:
    for person, status in ((world.pat.user, 403), (make_user(staff_role="operations"), 201)):
        client = Client()
        client.force_login(person)
        data = {"file": large(), "resource": "deal", "source": "crm"}
        assert client.post("/api/v1/imports/", data).status_code == status
    assert began == ["large.csv"]
