"""Reactions of the KPIs to news from below. Marks are made by the database itself."""
