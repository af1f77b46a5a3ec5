"""Invented names: partners, customers, people."""

import unicodedata

import numpy as np

from prm.management.demo import words
from prm.management.demo.plan import Array

# beginning + end without a double letter at the seam
ROOTS = [
    a + b
    for a in words.BEGINNINGS
    for b in words.ENDS
    if not a.lower().endswith(b) and a[-1].lower() != b[0]
]


def ascii_word(text: str) -> str:
    """A name as a web domain has it: ``Ibérica Seguros`` → ``iberica-seguros``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    kept = "".join(sign if sign.isalnum() else " " for sign in plain)
    return "-".join(kept.split())


def partner_names(dice: np.random.Generator, types: Array, taken: set[str]) -> list[str]:
    """One name for each partner, none twice, with an end that suits its type."""
    known, made = set(taken), []
    root = dice.integers(0, len(ROOTS), len(types)).tolist()
    for place, kind in enumerate(types.tolist()):
        ends = words.PARTNER_ENDS[kind]
        first, end = ROOTS[root[place]], ends[root[place] % len(ends)]
        name = f"{first} {end}"
        while name in known:
            name = f"{first}-{ROOTS[int(dice.integers(len(ROOTS)))]} {end}"
        known.add(name)
        made.append(name)
    return made


def customer_names(dice: np.random.Generator, n: int, cities: Array) -> Array:
    """One name for each customer; the city tells two of the same name apart."""
    root = np.array(ROOTS, object)[dice.integers(0, len(ROOTS), n)]
    end = np.array(words.CUSTOMER_ENDS, object)[dice.integers(0, len(words.CUSTOMER_ENDS), n)]
    names = root + " " + end
    _first, which, count = np.unique(names.astype(str), return_inverse=True, return_counts=True)
    named: Array = np.where(count[which] > 1, names + " " + cities, names)
    return named


def people_names(dice: np.random.Generator, n: int) -> list[str]:
    """``n`` people."""
    first = dice.integers(0, len(words.FIRST_NAMES), n).tolist()
    last = dice.integers(0, len(words.LAST_NAMES), n).tolist()
    return [
        f"{words.FIRST_NAMES[a]} {words.LAST_NAMES[b]}" for a, b in zip(first, last, strict=True)
    ]
