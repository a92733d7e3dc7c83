"""Lines of `.env` as hands write them: what all readers read alike, and what is refused."""

from __future__ import annotations

import random

#: Lines that give A a value, and the value.
ALIKE = {
    "A=abc": "abc",
    "A=abc # mine": "abc",
    "A=abc  # it's $mine": "abc",
    "A=in#side": "in#side",
    "A=a# b": "a# b",
    "A=two  words": "two  words",
    "A = 5": "5",
    "A= 5": "5",
    "A\t=\t5": "5",
    "  A=5  ": "5",
    "\tA=5\t": "5",
    "export A=5": "5",
    "export  A = 5": "5",
    "A='abc' # mine": "abc",
    "A='a # b'": "a # b",
    'A="abc" # mine': "abc",
    'A="a # b"': "a # b",
    'A="it\'s"': "it's",
    "A='say \"hi\"'": 'say "hi"',
    "A='Str0ng$word9'": "Str0ng$word9",
    "A='a\\b'": "a\\b",
    "A='ü'": "ü",
    'A="日本"': "日本",
    "A=": "",
    "A=''": "",
    'A=""': "",
    "A=k=v:w,x/y.z;&|<>()*?!~{}[]^%@+-_": "k=v:w,x/y.z;&|<>()*?!~{}[]^%@+-_",
    f"A={'x' * 9000}": "x" * 9000,
}
#: Lines that two of its readers would not read alike, or that are none; the rule in a few words.
OTHERWISE = {
    "A=Str0ng$word9": "outside of quotes",
    "A=a$": "outside of quotes",
    "A=${HOME}": "outside of quotes",
    "A=it's": "outside of quotes",
    'A=say "hi"': "outside of quotes",
    "A=a\\b": "outside of quotes",
    "A=ends\\": "outside of quotes",
    "A=`id`": "outside of quotes",
    "A=ü": "outside of quotes",
    "A=a\u00a0": "outside of quotes",
    "export A=x$y # z": "outside of quotes",
    'A="Str0ng$word9"': "between double quotes",
    'A="a\\nb"': "between double quotes",
    'A="say \\"hi\\""': "between double quotes",
    'A="`id`"': "between double quotes",
    "A='x${HOME}'": "holds ${",
    "A='a\\\\b'": "backslash",
    "A='ends\\'": "backslash",
    "A='it\\'s'": "backslash",
    "A='open": "does not end",
    'A="open': "does not end",
    "A='it''s'": "closing quote",
    "A='a'b": "closing quote",
    'A="a"#b': "closing quote",
    "A='a'\t#b": "control character",
    "A=#first": "begins with #",
    "A= # none": "begins with #",
    "A=a\tb": "control character",
    "A=a\t# b": "control character",
    "A=a\rb": "control character",
    "A='a\rb'": "control character",
    "A='bell\a'": "control character",
    "A=nul\0": "control character",
    "A=x # \x1b[31m": "control character",
    "# a comment\rA=5": "control character",
    "A": "without =",
    "export A": "without =",
    "A: 5": "is not KEY=value",
    "no value": "is not KEY=value",
    "=x": "no name",
    "export =x": "no name",
    "A B=5": "no name",
    "A-B=5": "no name",
    "a.b=5": "no name",
    "1A=5": "no name",
    "'A'=5": "no name",
    "\u00a0A=5": "no name",
    "ü=5": "no name",
}


def random_lines(number: int) -> list[str]:
    """Lines of what readers trip over, the same ones at each run."""
    chance = random.Random(10)
    pieces = [*'A==\'""$\\`# \t#x{}', "A=", "A='", 'A="', " #", "${", "export ", "\r", "ü", "\a"]
    return ["".join(chance.choices(pieces, k=chance.randint(1, 9))) for _ in range(number)]
