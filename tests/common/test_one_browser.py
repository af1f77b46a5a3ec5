"""Two people at one browser, and the address from which they come."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse

from prm.common.middleware import client_ip
from prm.common.models import AuditEntry
from tests.world import World


@pytest.mark.django_db
def test_a_message_that_nobody_saw_does_not_outlive_the_sign_out(world: World) -> None:
    client = Client()
    client.force_login(world.pat.user)
    sent = {"name": "Pat Secret", "language": "", "time_zone": ""}
    assert client.post("/profile/", sent).status_code == 302
    client.post(reverse("account_logout"))
    page = client.get(reverse("account_login")).content.decode()
    assert "Your profile is saved" not in page
    assert "messages" not in client.cookies


@pytest.mark.parametrize(
    ("header", "trusted", "ip"),
    [
        ("192.0.2.7", 1, "192.0.2.7"),
        ("192.0.2.7:5678", 1, "192.0.2.7"),
        ("[2001:db8::1]:443", 1, "2001:db8::1"),
        ("[2001:db8::1]", 1, "2001:db8::1"),
        ("2001:db8::1", 1, "2001:db8::1"),
        ("203.0.113.5, 192.0.2.7", 1, "192.0.2.7"),
        ("203.0.113.5, 192.0.2.7", 2, "203.0.113.5"),
        ("192.0.2.7", 2, "127.0.0.1"),
        ("192.0.2.7", 0, "127.0.0.1"),
        ("", 1, "127.0.0.1"),
        ("unknown", 1, "127.0.0.1"),
        ("fe80::1%eth0", 1, "127.0.0.1"),
        ("192.0.2.7:x", 1, "127.0.0.1"),
    ],
)
def test_the_address_is_what_the_trusted_proxies_saw(
    header: str, trusted: int, ip: str, settings: Any
) -> None:
    settings.PRM_TRUSTED_PROXIES = trusted
    request = RequestFactory().get("/", headers={"X-Forwarded-For": header})
    assert client_ip(request) == ip


@pytest.mark.django_db
def test_a_proxy_that_writes_ports_breaks_neither_sign_in_nor_audit(
    world: World, settings: Any
) -> None:
    settings.PRM_TRUSTED_PROXIES = 1
    cache.clear()
    client = Client(headers={"X-Forwarded-For": "192.0.2.7:5678"})
    assert (
        client.post(reverse("account_login"), {"login": "a@b.example", "password": "x"}).status_code
        == 200
    )
    client.force_login(world.pat.user)
    sent = {"name": "Pat Port", "language": "", "time_zone": ""}
    assert client.post("/profile/", sent).status_code == 302
    assert AuditEntry.objects.latest("pk").ip == "192.0.2.7"


@pytest.mark.django_db
def test_tries_are_counted_by_the_same_address_as_the_audit_holds(settings: Any) -> None:
    """A header that a browser writes itself makes nobody somebody else."""
    cache.clear()
    answers = []
    for number in range(12):
        client = Client(headers={"X-Forwarded-For": f"198.51.100.{number}"})
        sent = {"login": f"nobody{number}@example.com", "password": "x"}
        answers.append(client.post(reverse("account_login"), sent).content.decode())
    assert "Too many" not in answers[9]
    assert "Too many" in answers[10]
