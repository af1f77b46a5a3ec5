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
    """gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.de hotmail.fr
    live.com msn.com yahoo.com yahoo.co.uk yahoo.co.jp yahoo.de yahoo.fr ymail.com aol.com
    icloud.com me.com mac.com proton.me protonmail.com pm.me gmx.de gmx.net gmx.com gmx.at
    gmx.ch web.de t-online.de freenet.de mail.com mail.ru yandex.ru yandex.com qq.com 163.com
    126.com naver.com zoho.com fastmail.com hey.com tutanota.com tuta.io posteo.de mailbox.org
    orange.fr free.fr laposte.net wanadoo.fr libero.it tiscali.it seznam.cz wp.pl o2.pl onet.pl
    bluewin.ch comcast.net verizon.net att.net btinternet.com sky.com bigpond.com shaw.ca
    rediffmail.com uol.com.br bol.com.br terra.com.br example.invalid"""
)
# Where a company's own name stands one step further left.
DOUBLE = _words(
    """co.uk org.uk ac.uk gov.uk ltd.uk plc.uk me.uk co.jp ne.jp or.jp ac.jp com.au net.au org.au
    edu.au co.nz org.nz com.br net.br com.mx com.ar com.co com.tr com.cn net.cn org.cn com.hk
    com.sg com.my com.tw co.kr or.kr co.in net.in org.in co.za org.za co.il com.pl com.ua co.at
    or.at com.es com.pt"""
)
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
    length = 3 if ".".join(parts[-2:]) in DOUBLE else 2
    return ".".join(parts[-length:]) if len(parts) >= length else ""


def company_domain(text: str) -> str:
    """The same, but "" for providers of free mail, where everybody is."""
    domain = domain_of(text)
    return "" if domain in FREE_MAIL else domain


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
    first, second = _parts(name_key(one)), _parts(name_key(other))
    if not first or not second:
        return 0.0
    return len(first & second) / len(first | second)
