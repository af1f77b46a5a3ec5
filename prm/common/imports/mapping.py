"""The mapping file: which column of a file feeds which word of the exchange format, and how."""

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from prm.common.errors import InvalidInput
from prm.common.imports.dates import iso_reader
from prm.common.imports.resources import Resource

THOUSANDS = frozenset({"", ".", ",", "'", "’", " ", "\u00a0", "\u202f"})
DELIMITERS = frozenset({"", ",", ";", "\t", "|"})


@dataclass(frozen=True)
class Mapping:
    """How to read a foreign file; all parts are optional (docs/import-format.md)."""

    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    compose: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    only_where: dict[str, list[str]] = field(default_factory=dict)
    except_where: dict[str, list[str]] = field(default_factory=dict)
    dates: list[str] = field(default_factory=list)
    blank: list[str] = field(default_factory=list)
    decimal_comma: bool = False
    thousands: str = ""
    first_of_duplicates: bool = False
    delimiter: str = ""
    encoding: str = ""
    sheet: str = ""
    time_zone: str = ""

    @property
    def decimal_sign(self) -> str:
        """The sign before the decimals."""
        return "," if self.decimal_comma else "."

    @property
    def thousands_sign(self) -> str:
        """The sign between thousands; beside a decimal comma it is a dot unless stated."""
        return self.thousands or ("." if self.decimal_comma else "")


def load(path: Path) -> dict[str, Any]:
    """The content of a mapping file. Raises InvalidInput when it is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InvalidInput(
            _("The mapping %(name)s cannot be read: %(why)s. Check the path.")
            % {"name": path.name, "why": error.strerror}
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(
            _("The mapping %(name)s is no valid TOML: %(why)s. Correct that line.")
            % {"name": path.name, "why": error}
        ) from None


def as_toml(data: dict[str, Any]) -> str:
    """The mapping as a mapping file: ``load`` of it gives the same again."""
    plain = {key: value for key, value in data.items() if not isinstance(value, dict)}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, table in data.items():
        if key not in plain:
            lines += _table(_key(key), table)
    return "\n".join(lines).strip() + "\n"


def _table(path: str, table: dict[str, Any]) -> list[str]:
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    lines = ["", f"[{path}]"] if len(inner) < len(table) or not table else []
    lines += [f"{_key(k)} = {_value(v)}" for k, v in table.items() if k not in inner]
    for key, value in inner.items():
        lines += _table(f"{path}.{_key(key)}", value)
    return lines


def _key(text: str) -> str:
    is_bare = text.isascii() and text.replace("_", "").replace("-", "").isalnum()
    return text if is_bare else _value(text)


def _value(value: Any) -> str:
    """A value in TOML; its texts are JSON's, with DEL escaped too."""
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def parse(data: dict[str, Any], resource: Resource) -> Mapping:
    """A checked mapping for ``resource``. Raises InvalidInput naming the part that is wrong."""
    known = Mapping.__dataclass_fields__
    if unknown := sorted(set(data) - set(known)):
        raise wrong(unknown[0], _("no such part; the parts are: %s") % ", ".join(known))
    mapping = Mapping(**{key: _part(key, value) for key, value in data.items()})
    _check_words(mapping, resource)
    _check_signs(mapping)
    for text in mapping.dates:
        iso_reader(text)
    return mapping


def _check_signs(mapping: Mapping) -> None:
    if mapping.thousands_sign == mapping.decimal_sign or mapping.thousands not in THOUSANDS:
        raise wrong("thousands", _("use one of . , ' or a space, other than the decimal sign"))
    if mapping.delimiter not in DELIMITERS:
        raise wrong("delimiter", _("use one of , ; | or a tab"))
    if mapping.time_zone and mapping.time_zone not in available_timezones():
        raise wrong("time_zone", _("use a name like Europe/Berlin"))


def _check_words(mapping: Mapping, resource: Resource) -> None:
    for key in ("columns", "constants", "compose", "values"):
        for name in getattr(mapping, key):
            if name not in resource.names:
                raise wrong(
                    f"{key}.{name}",
                    _("%(resource)s has no such column; it has: %(names)s")
                    % {"resource": resource.name, "names": ", ".join(resource.names)},
                )


def wrong(key: str, why: str) -> InvalidInput:
    """What to say when a part of a mapping cannot be used."""
    return InvalidInput(_("Mapping, %(key)s: %(why)s.") % {"key": key, "why": why}, "mapping")


def _part(key: str, value: Any) -> Any:
    """One part with all its values as text. Raises InvalidInput for another shape."""
    if key in {"decimal_comma", "first_of_duplicates"}:
        if not isinstance(value, bool):
            raise wrong(key, _("write true or false"))
        return value
    if key in {"dates", "blank"}:
        return _texts(key, value)
    if key in {"delimiter", "encoding", "sheet", "time_zone", "thousands"}:
        return _text(key, value)
    if not isinstance(value, dict):
        raise wrong(key, _("write a table of names and values"))
    if key in {"only_where", "except_where"}:
        return {name: _texts(f"{key}.{name}", item) for name, item in value.items()}
    if key == "values":
        return {name: _part(f"values.{name}", item) for name, item in value.items()}
    return {name: _text(f"{key}.{name}", item) for name, item in value.items()}


def _text(key: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise wrong(key, _("write a text in quotation marks"))
    return str(value)


def _texts(key: str, value: Any) -> list[str]:
    return [_text(key, item) for item in (value if isinstance(value, list) else [value])]
