"""Dates inside expressions.

Dates travel as text. ``CDate`` and everything that calculates print them as ``M/d/yyyy h:mm:ss tt`` in UTC, the
form that the published samples show. ``FormatDateTime`` reads and prints with .NET's own patterns and leaves the
zone alone.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from scim_assistant.rules.expression_syntax import EvaluationError
from scim_assistant.sentence import say

_AD_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_LAST_TICKS: Final = 2_650_467_743_999_999_999
"""31 December 9999 in Active Directory's time."""

_PRINTED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2}):(\d{2}) ([AP])M", re.ASCII)
_US_DATE = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AaPp])[Mm])?)?", re.ASCII
)
_ISO_DATE = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s?(Z|z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)

# English whatever the computer's language is; the engine prints no other.
_MONTHS: Final = (
    "",
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SHORT_MONTHS: Final = tuple(name[:3] for name in _MONTHS)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TOKEN = re.compile(
    r"yyyy|yy|MMMM|MMM|MM|M|dddd|ddd|dd|d|HH|H|hh|h|mm|m|ss|s|f{1,7}|F{1,7}|tt|t|zzz|zz|z|K"
    r"|'[^']*'|\"[^\"]*\"|\\.|.",
    re.DOTALL,
)


def print_date(at: datetime) -> str:
    """A moment as the engine prints it, in UTC: ``3/16/2020 7:00:00 AM``."""
    at = at.astimezone(UTC)
    hour = at.hour % 12 or 12
    half = "AM" if at.hour < 12 else "PM"
    return f"{at.month}/{at.day}/{at.year} {hour}:{at.minute:02}:{at.second:02} {half}"


def read_printed_date(text: str) -> datetime | None:
    """Read what ``print_date`` wrote; None for anything else."""
    match = _PRINTED.fullmatch(text)
    return _us(match.groups()) if match else None


def read_date(text: str) -> datetime:
    """Read a date as people and systems write it: ISO 8601 with or without time and zone, or ``M/d/yyyy``.

    Without a zone it is taken as UTC. The result is aware UTC.

    Raises:
        EvaluationError: It is no date.
    """
    text = text.strip()
    at: datetime | None = None
    if match := _ISO_DATE.fullmatch(text):
        at = _iso(match)
    elif match := _US_DATE.fullmatch(text):
        at = _us(match.groups())
    if at is None:
        raise EvaluationError(
            say("“{text}” cannot be read as a date.", text=text[:80]),
            say("Use a date such as 2026-03-16 or 2026-03-16T07:00:00Z."),
        )
    return at


def _iso(match: re.Match[str]) -> datetime | None:
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        at = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "")[:6].ljust(6, "0")),
            tzinfo=_zone(zone),
        )
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None) -> timezone:
    if not text or text in "Zz":
        return UTC
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _us(groups: tuple[str | None, ...]) -> datetime | None:
    month, day, year, hour, minute, second, half = groups
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half in "Pp" else 0)
    try:
        return datetime(
            int(year or 0),
            int(month or 0),
            int(day or 0),
            hours,
            int(minute or 0),
            int(second or 0),
            tzinfo=UTC,
        )
    except ValueError:
        return None


def from_ad_time(ticks: int) -> str:
    """Active Directory's time (100 nanoseconds since 1601) as ISO 8601 in UTC.

    Raises:
        EvaluationError: Outside the years 1601 to 9999.
    """
    if not 0 <= ticks <= _LAST_TICKS:
        raise EvaluationError(say("{ticks} is no time in Active Directory's form.", ticks=ticks))
    at = _AD_EPOCH + timedelta(microseconds=ticks // 10)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def to_ad_time(at: datetime) -> int:
    """A moment as Active Directory's time: 100 nanoseconds since 1601."""
    passed = at.astimezone(UTC) - _AD_EPOCH
    return (passed.days * 86_400 + passed.seconds) * 10_000_000 + passed.microseconds * 10


def add(interval: str, count: int, at: datetime) -> datetime:
    """Move a date by so many years (``yyyy``), months (``m``), weeks (``ww``), days (``d``), hours, minutes, seconds.

    A month that lacks the day ends on its last day.

    Raises:
        EvaluationError: Unknown interval, or a year that no calendar holds.
    """
    try:
        if interval in ("yyyy", "m", "q"):
            months = at.year * 12 + at.month - 1 + count * {"yyyy": 12, "m": 1, "q": 3}[interval]
            year, month = divmod(months, 12)
            day = min(at.day, calendar.monthrange(year, month + 1)[1])
            return at.replace(year=year, month=month + 1, day=day)
        seconds = {"ww": 604_800, "w": 86_400, "d": 86_400, "y": 86_400, "h": 3_600, "n": 60, "s": 1}.get(
            interval
        )
        if seconds is None:
            raise _unknown(interval)
        return at + timedelta(seconds=seconds * count)
    except (ValueError, OverflowError, IndexError):
        raise EvaluationError(say("The date lies outside the years 1 to 9999.")) from None


def difference(interval: str, first: datetime, second: datetime) -> int:
    """How many intervals lie between two dates, positive when the second is later.

    Years, months and weeks (from Sunday) count the borders crossed, the shorter ones whole spans: what Visual
    Basic's function of that name does and the published figures fit.

    Raises:
        EvaluationError: Unknown interval.
    """
    passed = second - first
    match interval:
        case "yyyy":
            return second.year - first.year
        case "q":
            return (second.year - first.year) * 4 + (second.month - 1) // 3 - (first.month - 1) // 3
        case "m":
            return (second.year - first.year) * 12 + second.month - first.month
        case "ww":
            return (_sunday(second) - _sunday(first)) // 7
        case "w":
            return int(passed / timedelta(weeks=1))
        case "d" | "y":
            return int(passed / timedelta(days=1))
        case "h":
            return int(passed / timedelta(hours=1))
        case "n":
            return int(passed / timedelta(minutes=1))
        case "s":
            return int(passed / timedelta(seconds=1))
    raise _unknown(interval)


def _sunday(at: datetime) -> int:
    return at.toordinal() - at.isoweekday() % 7


def _unknown(interval: str) -> EvaluationError:
    return EvaluationError(
        say("“{interval}” is no interval.", interval=interval),
        say("Use yyyy, m, ww, d, h, n (minutes) or s."),
    )


def reformat(text: str, pattern: str, wanted: str) -> str:
    """Read a date with one .NET pattern and print it with another; its zone stays as it is.

    Raises:
        EvaluationError: The text does not fit the pattern, or a pattern is one that this program does not know.
    """
    return _print(_parse(text, pattern), wanted)


def _tokens(pattern: str) -> list[str]:
    if len(pattern) == 1:
        raise EvaluationError(
            say("The one-letter date pattern “{pattern}” is not known here.", pattern=pattern),
            say("Write the pattern out, such as yyyy-MM-dd."),
        )
    return _TOKEN.findall(pattern)


_READ: Final = {
    "yyyy": r"(?P<year>\d{4})",
    "yy": r"(?P<yy>\d{2})",
    "MMMM": r"(?P<month_name>[A-Za-z]+)",
    "MMM": r"(?P<month_short>[A-Za-z]{3})",
    "MM": r"(?P<month>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "dddd": r"[A-Za-z]+",
    "ddd": r"[A-Za-z]{3}",
    "dd": r"(?P<day>\d{2})",
    "d": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d{2})",
    "H": r"(?P<hour>\d{1,2})",
    "hh": r"(?P<half_hour>\d{2})",
    "h": r"(?P<half_hour>\d{1,2})",
    "mm": r"(?P<minute>\d{2})",
    "m": r"(?P<minute>\d{1,2})",
    "ss": r"(?P<second>\d{2})",
    "s": r"(?P<second>\d{1,2})",
    "tt": r"(?P<half>[AaPp])[Mm]",
    "t": r"(?P<half>[AaPp])",
    "zzz": r"(?P<zone>[+-]\d{2}:\d{2})",
    "zz": r"(?P<zone>[+-]\d{2})",
    "z": r"(?P<zone>[+-]\d{1,2})",
    "K": r"(?P<zone>Z|[+-]\d{2}:\d{2})?",
}


def _literal(token: str) -> str:
    if token[0] in "'\"" and len(token) > 1:
        return token[1:-1]
    return token[1:] if token[0] == "\\" and len(token) > 1 else token


def _parse(text: str, pattern: str) -> datetime:
    parts: list[str] = []
    for token in _tokens(pattern):
        if token in _READ:
            parts.append(_READ[token])
        elif token[0] == "f":
            parts.append(rf"(?P<fraction>\d{{{len(token)}}})")
        elif token[0] == "F":
            parts.append(rf"(?P<fraction>\d{{0,{len(token)}}})")
        else:
            parts.append(re.escape(_literal(token)))
    try:
        match = re.fullmatch("".join(parts), text.strip(), re.ASCII)
    except re.error:  # the same part twice
        raise EvaluationError(say("The date pattern “{pattern}” cannot be used.", pattern=pattern)) from None
    if match is None:
        raise _misfit(text, pattern)
    found = {name: value for name, value in match.groupdict().items() if value}
    try:
        return _assemble(found)
    except (ValueError, OverflowError):
        raise _misfit(text, pattern) from None


def _assemble(found: dict[str, str]) -> datetime:
    year = int(found.get("year", "1"))
    if "yy" in found:
        year = int(found["yy"]) + (2000 if int(found["yy"]) < 50 else 1900)
    month = int(found.get("month", "1"))
    if "month_name" in found:
        month = [name.casefold() for name in _MONTHS].index(found["month_name"].casefold())
    if "month_short" in found:
        month = [name.casefold() for name in _SHORT_MONTHS].index(found["month_short"].casefold())
    hour = int(found.get("hour", "0"))
    if "half_hour" in found:
        hour = int(found["half_hour"]) % 12 + (12 if found.get("half", "a") in "Pp" else 0)
    zone = found.get("zone", "Z")
    if zone != "Z":
        zone = zone[0] + zone[1:].split(":")[0].zfill(2) + (zone.split(":")[1] if ":" in zone else "00")
    return datetime(
        year,
        month,
        int(found.get("day", "1")),
        hour,
        int(found.get("minute", "0")),
        int(found.get("second", "0")),
        int(found.get("fraction", "")[:6].ljust(6, "0")),
        tzinfo=_zone(zone),
    )


def _misfit(text: str, pattern: str) -> EvaluationError:
    return EvaluationError(
        say("“{text}” does not fit the date pattern “{pattern}”.", text=text[:80], pattern=pattern)
    )


def _print(at: datetime, pattern: str) -> str:
    return "".join(_printed(at, token) for token in _tokens(pattern))


def _printed(at: datetime, token: str) -> str:
    offset = at.strftime("%z")
    half_hour = at.hour % 12 or 12
    simple = {
        "yyyy": f"{at.year:04}",
        "yy": f"{at.year % 100:02}",
        "MMMM": _MONTHS[at.month],
        "MMM": _SHORT_MONTHS[at.month],
        "MM": f"{at.month:02}",
        "M": str(at.month),
        "dddd": _DAYS[at.weekday()],
        "ddd": _DAYS[at.weekday()][:3],
        "dd": f"{at.day:02}",
        "d": str(at.day),
        "HH": f"{at.hour:02}",
        "H": str(at.hour),
        "hh": f"{half_hour:02}",
        "h": str(half_hour),
        "mm": f"{at.minute:02}",
        "m": str(at.minute),
        "ss": f"{at.second:02}",
        "s": str(at.second),
        "tt": "AM" if at.hour < 12 else "PM",
        "t": "A" if at.hour < 12 else "P",
        "zzz": f"{offset[:3]}:{offset[3:5]}",
        "zz": offset[:3],
        "z": offset[0] + offset[1:3].lstrip("0").rjust(1, "0"),
        "K": "Z" if at.utcoffset() == timedelta(0) else f"{offset[:3]}:{offset[3:5]}",
    }
    if token in simple:
        return simple[token]
    if token[0] in "fF" and set(token) <= {"f", "F"}:
        digits = f"{at.microsecond:06}0"[: len(token)]
        return digits if token[0] == "f" else digits.rstrip("0")
    return _literal(token)
