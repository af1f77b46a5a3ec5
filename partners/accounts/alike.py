"""When two companies are probably one: web domains and names, compared as text alone.

A miss is better than a false hit: free mail providers are nobody's domain.
"""

import re
import unicodedata
from functools import lru_cache


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEARLY = 0.6  # likeness of names from which on two companies may be one

# Anybody can have an address there, so that it says nothing about a company.
FREE_MAIL = _words(
    """live.com live.de live.fr live.it live.nl live.se live.co.uk msn.com me.com mac.com proton.me
    pm.me passport.com rocketmail.com web.de t-online.de freenet.de arcor.de email.de mail.de
    mail.com mail.ru bk.ru inbox.ru list.ru rambler.ru ya.ru ukr.net qq.com foxmail.com 163.com
    126.com sina.com sohu.com naver.com daum.net hanmail.net zoho.com fastmail.com hey.com duck.com
    tutanota.com tuta.io posteo.de mailbox.org orange.fr free.fr sfr.fr laposte.net wanadoo.fr
    libero.it tiscali.it virgilio.it alice.it seznam.cz centrum.cz azet.sk wp.pl o2.pl onet.pl
    interia.pl abv.bg bluewin.ch telenet.be skynet.be ziggo.nl kpnmail.nl home.nl telia.com
    online.no comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net
    btinternet.com sky.com talktalk.net virginmedia.com bigpond.com optusnet.com.au shaw.ca
    rogers.com sympatico.ca rediffmail.com uol.com.br bol.com.br terra.com.br example.invalid"""
)
# The same under the end of any country: outlook.de, yahoo.co.jp.
FREE_MAIL_NAMES = _words(
    """gmail googlemail outlook hotmail yahoo ymail gmx aol icloud protonmail yandex"""
)
# Before the two letters of a country these say what kind of place it is: co.uk, com.au, gov.pl.
KINDS_OF_PLACE = _words("co com net org edu ac gov gob go ne or ltd plc me")
LEGAL_FORMS = _words(
    """gmbh mbh ag kg kgaa ohg ug ek eg se co cokg gbr inc incorporated corp corporation company
    llc llp lp ltd limited plc pty bv nv sa sas sarl sl srl spa oy oyj ab as asa aps kk kft zrt
    doo sro spzoo ltda the and und"""
)
HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")


def host_of(text: str) -> str:
    """The host of an address of the web or of mail, in small letters and IDNA; "" if there is none.

    ``https://www.Acme.com/about`` gives ``www.acme.com``, ``ann@acme.com`` gives ``acme.com``.
    """
    text = text.strip().lower().rpartition("@")[2]
    text = text.partition("://")[2] or text
    host = re.split(r"[/?#:\s]", text, maxsplit=1)[0].strip(".")
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return host if HOST.fullmatch(host) and len(host) <= 253 else ""


def domain_of(text: str) -> str:
    """The domain that a company registers, ``acme.co.uk`` of ``mail.acme.co.uk``; "" for none."""
    parts = host_of(text).split(".")
    if len(parts) < 2:
        return ""
    length = 3 if len(parts[-1]) == 2 and parts[-2] in KINDS_OF_PLACE else 2
    return ".".join(parts[-length:]) if len(parts) >= length else ""


def company_domain(text: str) -> str:
    """The same, but "" for providers of free mail, where everybody is."""
    domain = domain_of(text)
    is_free = domain in FREE_MAIL or domain.partition(".")[0] in FREE_MAIL_NAMES
    return "" if is_free else domain


def name_key(name: str) -> str:
    """A company's name without capitals, accents, signs and legal forms, to be compared."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    words = re.sub(r"[^\w]+", " ", plain.replace(".", "").replace("'", "")).split()
    kept = [word for word in words if word not in LEGAL_FORMS]
    return " ".join(kept or words)


@lru_cache(maxsize=20_000)
def _parts(key: str) -> frozenset[str]:
    """The trigrams of each word, as PostgreSQL's pg_trgm cuts them."""
    found: set[str] = set()
    for word in key.split():
        padded = f"  {word} "
        found.update(padded[place : place + 3] for place in range(len(padded) - 2))
    return frozenset(found)


def likeness(one: str, other: str) -> float:
    """How alike two names are, 0 to 1, by their trigrams; 0 when one is empty."""
    return likeness_of_keys(name_key(one), name_key(other))


def likeness_of_keys(one: str, other: str) -> float:
    """The same for names of which the keys are known already."""
    first, second = _parts(one), _parts(other)
    if not first or not second:
        return 0.0
    return len(first & second) / len(first | second)
