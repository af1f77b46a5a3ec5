"""How dates are written in each language; one folder each, named as in `LANGUAGES`.

A language without a folder takes Django's own formats. English is the international one: a day
before its month, and the month as a word, so that nobody reads 11/30 or 3/4.
"""
