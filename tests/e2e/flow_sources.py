"""Flows, keys and files that a sync must bring as they are."""

from __future__ import annotations

FLOW = """\
id: {name}
namespace: flows.test
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: {message}
"""
ODD = {
    "three-lines": FLOW.format(name="three-lines", message="hi")
    + "description: |\n  one\n  ---\n  two\n",
    "umlauts": FLOW.format(name="umlauts", message="'grüße € 😀'"),
    "tab": FLOW.format(name="tab", message="hi") + "# a\ttab, no line break at the end",
    "crlf": FLOW.format(name="crlf", message="hi").replace("\n", "\r\n"),
    "begins": "---\n" + FLOW.format(name="begins", message="hi"),
    "big": FLOW.format(name="big", message="hi")
    + "description: |\n"
    + ("  " + "x" * 98 + "\n") * 10_400,
}


KEYS = """\
colour: blue
text: 'plain words, ü and "quotes"'
number: 42
half: 1.50
enabled: true
day: 2026-01-01
time: 2026-01-01T10:00:00.120+02:00
words: ["2026-01-01"]
quoted: "2026-01-01"
moment: "2026-01-01T10:00:00Z"
wait: P1DT2H
list: [1, two, null, {a: 1.0}]
"""
FILES = {
    "scripts/run.py": b"print(1)\n",
    "a+b,c=Ü.txt": b"\xff\x00",
    "archive.zip": b"PK",
    "empty": b"",
}
