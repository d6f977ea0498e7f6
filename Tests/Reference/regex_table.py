"""Writes Tests/LinearRegexTests/ExpectedMatches.swift: what RE2 itself says of patterns and texts.

    .venv/bin/pip install google-re2 && .venv/bin/python Tests/Reference/regex_table.py

A row is `pattern¦text:WF¦text:WF…`; W is 1 if the whole text matches, F if a part does; ␤ is a newline and ⇥ a tab in a text.
Each answer that Python's `re` can give for the same pattern with the same meaning was found equal; `\\B` is asked of
ASCII texts only, because RE2 looks for it between bytes.
"""
import pathlib
import random
import re

import re2

TEXTS = [
    "", "a", "b", "ab", "ba", "aab", "abc", "abcabc", "A", "aB", "a\nb", "\n", "a b", "_", "-", "7", "a1", "é", "É", "k",
    "\u212a", "ſ", "S", "ß", "ẞ", "σ", "ς", "Ω", "😀", "a😀b", "aé", ".", "]", "^", "{2}", "a{,2}", "aaaa", "foo", "foobar",
    "xfoo", "foo\n", "\nfoo", "FOO", "bar", "foo bar", "GET /api/v1", "e\u0301", "漢", "я", "ア", "٣", "$", "\\", "\t", "a*b",
    "x", "xx", "xxx", "İ", "ı", "I", "i",
]
PATTERNS = r"""
a ab a* a+b a?b (a|b)* (?:ab)+ a{2} a{2,} a{0,2} a{1,3}b a{,2} a{01} x{2} x{2,} x{1,2}? (a*)* (a|b|ab)*c (|a)+ ()
""".split()
PATTERNS += [
    "", "|", "a|", "|a", "a|b|", "(a|)", "foo|bar", "(foo|bar)", "(?:foo|foobar)", "foo(bar)?", "foo.*", ".*foo", ".*foo.*",
    "(?s)foo.*", "(?s).*foo", "(?s).*foo.*", "(?s:.*)foo", ".*foo(?s:.*)", "(?s:.*)foo.*", "^foo", "foo$", "^foo$",
    "^.*foo", "foo.*$", "^(foo|bar)", "(foo|bar)$", "^(foo|bar)$", ".*(foo|bar).*", "(f|fo|foo).*", ".*(b|ba).*",
    "(foo|)", ".*(foo|).*", r"\Afoo", r"foo\z", "(?i)foo", "(?i)foo|BAR", "(?i:f)oo", "(?i)f(?-i)oo", "f(?i)oo|BAR",
    ".", "..", "(?s).", "(?s)..", ".+", "(?s).+", "(?-s).", "a.b", "(?s)a.b", "(?m)^b", "(?m)a$", "(?m)^$", "(?m)^foo$",
    "^b", "a$", "^$", "^*", "$?", "(?m)^*", "(?ms)^.*$", "(^a|b$)", "(?:^|-)a", "a(?:$|b)", r"\ba", r"a\b", r"\bfoo\b",
    r"\b", r"^\b", r"\b$", r"\B", r"a\B", r"\Ba", r"\B.\B", r"(\b|x)+", r"\Aa\z", r"(?:\A|b)a",
    "[abc]", "[^abc]", "[a-c]+", "[^a-c]", "[]a]", "[^]a]", "[a-]", "[-a]", "[a-c-]", "[--.]", "[.^$]", "[^^]", r"[\]]",
    r"[\\]", r"[\d_]", r"[^\d]", r"[\w-]", r"[\D]", r"[^\W]", "[[:alpha:]]", "[[:^alpha:]]", "[^[:alpha:]]", "[[:digit:]_]",
    "[[:alnum:]]", "[[:ascii:]]", "[[:blank:]]", "[[:cntrl:]]", "[[:graph:]]", "[[:lower:]]", "[[:print:]]", "[[:punct:]]",
    "[[:space:]]", "[[:upper:]]", "[[:word:]]", "[[:xdigit:]]", "[[:a]", "[[.a.]]", "(?i)[a-c]", "(?i)[^a-c]", "(?i)[[:upper:]]",
    "[é-ü]", "[^é]", r"[\x{e0}-\x{ff}]", r"[\x41-\x43]", r"[\141-c]", r"[\n]", r"[\pL]", r"[^\PL]", r"[\p{Lu}\d]",
    r"\d", r"\D", r"\s", r"\S", r"\w", r"\W", r"(?i)\w", r"(?i)\W", r"\pL", r"\PL", r"\p{Lu}", r"\P{Lu}", r"\p{^Lu}",
    r"\P{^Lu}", r"(?i)\p{Lu}", r"(?i)\P{Lu}", r"\pN", r"\p{Nd}", r"\p{Mn}", r"\p{So}", r"\p{Sm}", r"\pC", r"\p{Zs}", r"\p{Cs}",
    r"\p{Any}", r"\p{Greek}", r"\P{Greek}", r"\p{Latin}", r"\p{Cyrillic}", r"\p{Han}", r"\p{Katakana}", r"\p{Arabic}",
    r"[\p{Greek}\p{Han}]", r"\t", r"\n", r"\x61", r"\x{1F600}", r"\x{0061}", r"\141", r"\0", r"\07", r"\.", r"\_", r"\-", r"\\",
    r"\$", r"\^", r"\{2\}", r"\Qa*b\E", r"\Qa*b", r"\Q\E", r"\Qab\E+", r"\Qa\E*", r"(?i)\Qab\E", r"\a|\f|\r|\v|a",
    "(?i)k", "(?i)s", "(?i)ß", "(?i)σ", "(?i)ω", "(?i)é", "(?i)я", "(?i)ı", "(?i)İ", "(?i)i", "(?i)[k]", "(?i)[^k]", "(?i)[^s]",
    "é", "e\u0301", "😀", "a😀b", "(?P<n>a)(?P<m>b)", "(?<n>a)b", "(?:a)", "(?i:A)b", "(?U)a+", "(?U)a+?b", "a+?b", "a*?", "a??b",
    "(?i-s:a.b)", "(?is-m:a.B)", "(?i)(?-i)b", "(?i)(a(?-i)b)c", "(?)a", "(?:)", "(?i:)*", "(a*)+b", "(a|a)*b",
    "(?:a?){3}a{3}", "((a{2}){2})", "(?:(?:a|b){1,2}c?){2}", "(x+x+)+y", "x*x*x*", "(a|b)*a(a|b)", "a.*b.*c", "(ab|a)(bc|c)?",
    "[a-c]*c", "(GET|POST) /api/v[0-9]+", "GET /api/.*", ".*api.*", "/api/v1$",
]


def rows():
    source = random.Random(20261123)
    for pattern in dict.fromkeys(PATTERNS):
        yield pattern, TEXTS
    for _ in range(160):
        pattern = alternation(source, 0)
        yield pattern, sorted({"".join(source.choice("aabbc\n_A") for _ in range(source.randrange(8))) for _ in range(10)})


def alternation(source, depth):
    return "|".join(sequence(source, depth) for _ in range(source.choice([1, 1, 1, 2, 3])))


def sequence(source, depth):
    text = ""
    for _ in range(source.choice([0, 1, 2, 2, 3])):
        text += atom(source, depth)
        if source.random() < 0.4:
            text += source.choice(["*", "+", "?", "*?", "+?", "{2}", "{1,2}", "{0,2}", "{2,}"])
    return text


def atom(source, depth):
    if source.random() < 0.3 and depth < 3:
        return source.choice(["(", "(?:", "(?i:", "(?s:", "(?m:"]) + alternation(source, depth + 1) + ")"
    return source.choice("a b c a b . [ab] [^a] [b-c_] \\w \\W \\s ^ $ \\b \\B".split())


def verdict(pattern, text):
    found = f"{int(bool(re2.fullmatch(pattern, text)))}{int(bool(re2.search(pattern, text)))}"
    common = re.search(r"\\[pPQzx0-9]|\[:|\[\[|\(\?<[a-z]|U|\(\?[a-zA-Z-]*\)|\{,|\{01|\$|[()|]\(\?", pattern) is None
    if common and text.isascii() and "(?i" not in pattern and not ("\\B" in pattern and not text):
        try:
            compiled = re.compile(pattern, re.ASCII)
        except re.error:
            return found
        answer = f"{int(bool(compiled.fullmatch(text)))}{int(bool(compiled.search(text)))}"
        assert answer == found, (pattern, text, answer, found)
    return found


def chosen(pattern, texts):
    """At most 10 texts, of each verdict some."""
    by_verdict = {}
    for text in texts:
        if not ("\\B" in pattern and not text.isascii()):
            by_verdict.setdefault(verdict(pattern, text), []).append(text)
    source = random.Random(pattern)
    picked = [(text, v) for v, group in by_verdict.items() for text in source.sample(group, min(len(group), 4))]
    return sorted(picked)


def main():
    lines = []
    for pattern, texts in rows():
        row = pattern
        for text, v in chosen(pattern, texts):
            cell = f"¦{text}:{v}".replace("\n", "␤").replace("\t", "⇥")
            if len(row + cell) > 112:
                lines.append(row)
                row = pattern
            row += cell
        if row != pattern:
            lines.append(row)
    for number in range(0, len(lines), 240):
        name = "" if number == 0 else str(number // 240 + 1)
        path = pathlib.Path(__file__).parents[1] / f"LinearRegexTests/ExpectedMatches{name}.swift"
        path.write_text(
            f"/// Written by Tests/Reference/regex_table.py, which says what a row is.\nlet expectedMatches{name} = #\"\"\"\n"
            + "".join(f"    {line}\n" for line in lines[number:number + 240]) + "    \"\"\"#\n")
    print(len(lines), "rows")


main()
