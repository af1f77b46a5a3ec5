"""The brand in pages and mails: chosen on a page, served for a year, never a way in for scripts."""

import re
import struct
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from prm.common import config
from prm.common.branding import services
from prm.common.branding.logos import read_logo
from prm.common.branding.selectors import brand_of
from prm.common.errors import InvalidInput
from prm.common.models import AuditEntry, BrandFile, OutboxMail
from tests.factories import make_user
from tests.world import World

pytestmark = pytest.mark.django_db
PAGE = "/settings/programme/"
BACKEND = "prm.common.mail.OutboxBackend"


def png(width: int = 120, height: int = 40, more: bytes = b"") -> bytes:
    head = struct.pack(">II", width, height) + b"\x08\x06\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + head + more + b"\x00\x00\x00\x00IEND\xaeB`\x82"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Other tests ask for mails to the same people within the minute."""
    cache.clear()


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make_user(staff_role="operations"))
    return client


def save(client: Client, **more: Any) -> Any:
    return client.post(PAGE, {"name": "Aldermoor", "brand_color": "#7b2cbf"} | more)


def test_a_saved_brand_shows_in_portal_and_on_the_desk(desk: Client, world: World) -> None:
    assert save(desk, logo=SimpleUploadedFile("l.png", png())).status_code == 302
    partner = Client()
    partner.force_login(world.pat.user)
    for client, page in (
        (desk, "/settings/"),
        (partner, "/portal/"),
        (Client(), "/accounts/login/"),
    ):
        html = client.get(page).content.decode()
        css = re.search(r'href="(/brand/aldermoor\.\w+\.css)"', html)
        assert css, page
        assert re.search(r'src="/brand/logo/\w+\.png" class="wide"', html), page
        answer = client.get(css[1])
        assert "--accent: light-dark(#7B2CBF" in answer.content.decode()
        assert "immutable" in answer["Cache-Control"]
        icon = re.search(r'rel="icon" href="(/brand/[^"]+\.svg)"', html)
        assert icon
        assert ">A</text>" in client.get(icon[1]).content.decode()


def test_the_kits_own_colour_needs_no_style_sheet(desk: Client) -> None:
    assert "/brand/" not in desk.get(PAGE).content.decode().partition("</head>")[0]


def test_an_outdated_address_gets_the_present_colours_for_a_short_time(desk: Client) -> None:
    save(desk)
    answer = desk.get("/brand/old.0123456789ab.css")
    assert "#7B2CBF" in answer.content.decode()
    assert answer["Cache-Control"] == "no-cache"


def test_each_change_is_audited_and_saving_again_changes_nothing(desk: Client) -> None:
    save(desk)
    changes = {entry.object_id: entry.after for entry in AuditEntry.objects.all()}
    assert changes[config.NAME] == {"value": "Aldermoor"}
    assert changes[config.BRAND_COLOR] == {"value": "#7B2CBF"}
    count = AuditEntry.objects.count()
    save(desk)
    assert AuditEntry.objects.count() == count


def test_an_unreadable_colour_is_tried_out_with_the_reason_and_not_saved(desk: Client) -> None:
    html = desk.get(PAGE, {"brand_color": "#ffd400", "name": "Sun"}).content.decode()
    assert "Darkened from #FFD400 to #" in html
    assert "preview.css?brand_color=%23FFD400" in html
    assert "Not saved yet" in html
    assert config.program().brand_color == "#2F55D4"
    sheet = desk.get("/settings/programme/preview.css", {"brand_color": "#ffd400"})
    assert sheet.content.decode().startswith(".brandpreview {")
    assert sheet["Content-Type"].startswith("text/css")


def test_without_script_the_preview_is_a_button_that_saves_nothing(desk: Client) -> None:
    answer = save(desk, preview="1")
    assert answer.status_code == 200
    assert "brand_color=%237B2CBF" in answer.content.decode()
    assert config.program().name == "PRM"


@pytest.mark.parametrize("color", ["red", "#12345", "#GGGGGG", "#000000;}", ""])
def test_what_is_no_colour_is_refused_with_the_whole_form(desk: Client, color: str) -> None:
    answer = save(desk, brand_color=color)
    assert answer.status_code == 422
    assert "thing to fix" in answer.content.decode()
    assert 'value="Aldermoor"' in answer.content.decode()
    preview = desk.get("/settings/programme/preview.css", {"brand_color": color})
    assert color not in preview.content.decode() or not color


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "SVG files can"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "no PNG or WebP"),
        (b"GIF89a" + b"0" * 50, "no PNG or WebP"),
        (png()[:30], "no PNG or WebP"),
        (png(5000, 40), "5000 × 40 pixels"),
        (png(more=b"0" * 200_000), "at most 200 kB"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X", "no PNG or WebP"),
    ],
)
def test_a_file_that_is_no_plain_picture_is_refused(
    desk: Client, content: bytes, advice: str
) -> None:
    with pytest.raises(InvalidInput, match=advice):
        read_logo(content)
    answer = save(desk, logo=SimpleUploadedFile("logo.png", content))
    assert answer.status_code == 422
    assert advice in answer.content.decode()
    assert not BrandFile.objects.exists()


def test_a_webp_logo_tells_its_size() -> None:
    wide = b"RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00" + bytes(
        [199, 0, 0, 49, 0, 0]
    )
    assert (read_logo(wide).width, read_logo(wide).height) == (200, 50)


def test_a_logo_opened_by_itself_runs_nothing(desk: Client) -> None:
    file = services.put_up_logo(png(), by=None, now=timezone.now())
    for url in (reverse("brand:logo", args=[file.digest, "png"]), "/brand/x.y.svg"):
        answer = Client().get(url)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert Client().get(reverse("brand:logo", args=["0" * 32, "png"])).status_code == 302


def test_a_logo_that_is_taken_down_stays_for_the_mails_that_show_it(desk: Client) -> None:
    save(desk, logo=SimpleUploadedFile("l.png", png()))
    url = brand_of(config.program()).logo_url
    save(desk, remove_logo="on")
    assert brand_of(config.program()).logo_url == ""
    assert Client().get(url).status_code == 200


def test_a_name_cannot_break_out_of_the_icon() -> None:
    services.rename_programme("<script>", by=None, now=timezone.now())
    assert ">S</text>" in brand_of(config.program()).icon


def test_a_sign_in_mail_is_text_and_html_in_the_brand(world: World, settings: Any) -> None:
    settings.EMAIL_BACKEND = BACKEND
    services.rename_programme("Fish & Co", by=None, now=timezone.now())
    services.choose_color("#7b2cbf", by=None, now=timezone.now())
    Client().post(reverse("account_request_login_code"), {"email": "pat@example.com"})
    letter = OutboxMail.objects.get()
    assert letter.subject == "Your sign-in code for Fish & Co"
    assert "from Fish & Co because" in letter.text
    assert "#7B2CBF" in letter.html
    assert "Fish &amp; Co" in letter.html
    links = [
        re.search(rf"{settings.PRM_BASE_URL}/accounts/\S+?(?=[\s\"])", body)
        for body in (letter.text, letter.html)
    ]
    assert links[0]
    assert links[1]
    assert links[0][0] == links[1][0]
    assert letter.is_secret


@pytest.mark.parametrize("page", ["account_request_login_code", "account_reset_password"])
def test_no_mail_of_the_door_shows_its_text_in_the_log(
    world: World, settings: Any, page: str
) -> None:
    settings.EMAIL_BACKEND = BACKEND
    for address in ("pat@example.com", "stranger@example.com"):
        Client().post(reverse(page), {"email": address})
    assert OutboxMail.objects.exists()
    assert not OutboxMail.objects.filter(is_secret=False).exists()
    assert all(letter.html for letter in OutboxMail.objects.all())


def test_a_logo_is_audited_like_every_setting_and_the_same_one_is_no_change() -> None:
    now = timezone.now()
    for _twice in range(2):
        services.put_up_logo(png(), by=None, now=now)
    for _twice in range(2):
        services.take_down_logo(by=None, now=now)
    up, down = AuditEntry.objects.filter(action="setting.change").order_by("pk")
    assert (up.object_id, up.before) == ("brand_logo", {"value": ""})
    assert (down.before, down.after) == (up.after, {"value": ""})


def test_the_preview_shows_the_logo_in_the_mail_which_is_light_for_everybody(desk: Client) -> None:
    save(desk, logo=SimpleUploadedFile("l.png", png()))
    preview = desk.get(PAGE).content.decode().split('class="brandpreview"')[1]
    assert preview.count('class="letter') == 1
    assert 'class="brandlogo" src="/brand/logo/' in preview.split('class="on-dark"')[0]
    assert "letter" not in preview.split('class="on-dark"')[1]
