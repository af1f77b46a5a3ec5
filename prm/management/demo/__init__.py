"""The demo world: Aldermoor, its partners and three years of invented business.

``build.py`` tells the order. Every module draws from its own seeded generator, so that the same
seed, sizes and day always make the same world. numpy is imported only when the command runs.
"""
