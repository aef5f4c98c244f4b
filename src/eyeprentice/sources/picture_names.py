"""Names of pictures taken apart, all names of a folder together: words, and numbers between them.

`cam1_0.033` is the word `cam`, the number 1, the word `_` and the number 0.033. What a dot, a hyphen and an `e` mean is
decided by the whole folder. Where two ways to read the names lead to two orders, `DoubtfulError` says which names.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

Key = tuple[Any, ...]
"""Of a name, for sorting: a word, a number (a tuple), a word, ..."""
Found = tuple[Hashable, tuple[str, ...], int]
"""One number of a column: the numbers before it, its chain, its sign."""

_CHAIN = re.compile(r"\d+(?:[.,]\d+)*")
_FLOAT = re.compile(r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?")
_EXPONENT, _BARE_EXPONENT = re.compile(r"\de[+-]\d"), re.compile(r"\de\d")
_BEFORE_FLOAT = re.compile(r"(?:.*[\W_])?(?:t|ts|time|timestamp|sec|seconds)?")
_HEX = re.compile(r"[0-9a-f]+")
_FEWEST_EVEN, _EVEN = 4, 1.5
"""Names from which on, and ratio of gaps up to which, decimals are even."""


class DoubtfulError(ValueError):
    """The order of these names can be read in two ways."""


class Name(NamedTuple):
    """A name taken apart: one word more than there are numbers."""

    words: tuple[str, ...]
    chains: tuple[tuple[str, ...], ...]
    """Of each number, the digits between its dots."""
    signs: tuple[int, ...]
    """Of each number, 1 or -1."""


def take_apart(stems: Sequence[str]) -> list[Name]:
    """The names, with signs where the folder tells that a hyphen is one; raises `DoubtfulError`."""
    spelt = [spelling(stem) for stem in stems]
    cut = [(_CHAIN.split(stem), [tuple(re.split("[.,]", c)) for c in _CHAIN.findall(stem)]) for stem in spelt]
    groups = defaultdict(list)
    for words, chains in cut:
        groups[_without_signs(words)].append((words, chains))
    signed = {bare: _signed_columns(bare, names) for bare, names in groups.items()}
    names = []
    for words, chains in cut:
        columns = signed[_without_signs(words)]
        kept = [word[:-1] if n in columns and word[-1:] in ("+", "-") else word for n, word in enumerate(words)]
        signs = [-1 if n in columns and words[n].endswith("-") else 1 for n in range(len(chains))]
        names.append(Name(tuple(kept), tuple(chains), tuple(signs)))
    return names


def natural_keys(stems: Sequence[str]) -> list[Key]:
    """A key for each name, by which they are in natural order; raises `DoubtfulError` where that is not clear."""
    if any(_EXPONENT.search(spelling(stem)) for stem in stems):
        return _float_keys(stems)
    keys = _number_keys(stems)
    if any(_BARE_EXPONENT.search(spelling(stem)) for stem in stems):
        _refuse_exponents(stems, keys)
    return keys


def _number_keys(stems: Sequence[str]) -> list[Key]:
    names = take_apart(stems)
    columns = defaultdict(list)
    for name in names:
        for place, chain in enumerate(name.chains):
            columns[name.words, place].append((name.chains[:place], chain, name.signs[place]))
    decimal = {column: _is_decimal(*column, found) for column, found in columns.items()}
    keys = [_key(name, [decimal[name.words, place] for place in range(len(name.chains))]) for name in names]
    return keys if len({name.words for name in names}) < 2 else _hexadecimal(stems, keys)


def value(chain: tuple[str, ...]) -> Fraction:
    """Of a number with a dot or without: ("0", "033") is 0.033."""
    whole, fraction = chain[0], "".join(chain[1:])
    return Fraction(int(whole)) + (Fraction(int(fraction), 10 ** len(fraction)) if fraction else 0)


def spelling(stem: str) -> str:
    """A name as it is compared: without capitals, one form of each letter, one minus sign."""
    return unicodedata.normalize("NFC", stem).casefold().replace("\N{MINUS SIGN}", "-")


def _without_signs(words: Sequence[str]) -> tuple[str, ...]:
    return *(word[:-1] if word[-1:] in ("+", "-") else word for word in words[:-1]), words[-1]


def _signed_columns(bare: tuple[str, ...], names: list[tuple[list[str], list[tuple[str, ...]]]]) -> set[int]:
    """Numbers before which a hyphen is a sign: where only some names have it, or nothing but a sign can stand there."""
    columns = set()
    for place in range(len(bare) - 1):
        signs = {words[place][len(bare[place]) :] for words, _ in names}
        if len(signs) > 1:
            columns.add(place)
        elif signs == {"-"} and (not bare[place] if not place else bare[place][-1:] in ("=", "_", " ", "-", "(")):
            if any(len(chains[place]) == 2 for _, chains in names):
                columns.add(place)
            elif len({chains[place] for _, chains in names}) > 1:
                raise DoubtfulError("their hyphens may be signs")
    return columns


def _is_decimal(words: tuple[str, ...], place: int, found: Sequence[Found]) -> bool:
    """Whether a column's numbers are decimals, not whole numbers with dots between; raises `DoubtfulError`."""
    lengths = {len(chain) for _, chain, _ in found}
    if lengths == {1}:  # a number by itself, or what follows another one: 0_033
        if place and len(words[place]) == 1 and not _may_be_counted([chain[0] for _, chain, _ in found]):
            raise DoubtfulError("some of their numbers are filled up with zeros, others are not")
        return False
    if len(lengths) > 1 and _may_be_thousands([chain for _, chain, _ in found]) and not _are_even(found):
        raise DoubtfulError("1,000 may be a thousand or a decimal")
    if max(lengths) > 2 and len(lengths) > 1:
        return False
    last = [(head, chain[:-1], chain[-1]) for head, chain, _ in found if len(chain) == max(lengths)]
    parts = [part for *_, part in last]
    is_plain = max(lengths) == 2
    if len(set(map(len, parts))) == 1:
        return is_plain
    counted = _may_be_counted(parts)
    measured = not any(len(part) > 1 and part.endswith("0") for part in parts)
    if counted and not measured:
        numbers = {(head, before, part.rstrip("0")) for head, before, part in last}
        if len(numbers) < len(set(last)) and not _are_consecutive(last):
            raise DoubtfulError("0.1 and 0.10 may be one number or two")
        return False
    if measured and (not counted or (is_plain and 1 in lengths)):
        if not is_plain:
            raise DoubtfulError("what stands behind their last dot may be a fraction or a number")
        return True
    if measured and counted:
        if is_plain and _are_even(found):
            return True
        by_count = sorted(last, key=lambda one: (str(one[0]), [int(p) for p in one[1]], int(one[2])))
        by_value = sorted(last, key=lambda one: (str(one[0]), [int(p) for p in one[1]], value(("0", one[2]))))
        if by_count == by_value:
            return is_plain
    raise DoubtfulError("what stands behind their last dot may be a fraction or a number")


def _may_be_counted(parts: Sequence[str]) -> bool:
    """Whether these can be whole numbers that are filled up with zeros to one length, or not at all."""
    shortest = min(map(len, parts))
    return not any(len(part) > shortest and int(part[0]) == 0 for part in parts)


def _may_be_thousands(chains: Sequence[tuple[str, ...]]) -> bool:
    """Whether what stands behind dots or commas are three digits each: 999, 1,000."""
    return all(len(part) == 3 for chain in chains for part in chain[1:]) and all(int(chain[0]) for chain in chains)


def _are_consecutive(found: Sequence[tuple[Hashable, tuple[str, ...], str]]) -> bool:
    """Whether whole numbers behind the same others follow each other without a gap."""
    groups = defaultdict(set)
    for head, before, part in found:
        groups[head, before].add(int(part))
    return all(len(group) == max(group) - min(group) + 1 for group in groups.values())


def _are_even(found: Sequence[Found]) -> bool:
    """Whether decimals rise in even steps."""
    if len({head for head, *_ in found}) > 1 or len(found) < _FEWEST_EVEN:
        return False
    gaps = [b - a for a, b in pairwise(sorted(sign * value(chain) for _, chain, sign in found))]
    return 0 < max(gaps) <= _EVEN * min(gaps)


def _key(name: Name, decimal: Sequence[bool]) -> Key:
    key: list[Any] = []
    for word, chain, sign, is_decimal in zip(name.words, name.chains, name.signs, decimal, strict=False):
        key += [word, (sign * value(chain),) if is_decimal else tuple(sign * int(part) for part in chain)]
    return (*key, name.words[-1])


def _float_keys(stems: Sequence[str]) -> list[Key]:
    """Of names with exponents, `t=1e-3`, if nothing but numbers differs in them."""
    if (numbers := with_exponents(stems)) is None:
        raise DoubtfulError("some of their numbers may have exponents")
    return [(number,) for number in numbers]


def with_exponents(stems: Sequence[str]) -> list[Fraction] | None:
    """The numbers that names with exponents tell, `t=1e-3`; None for other names."""
    begin, bodies = _bodies(stems)
    is_told = any(map(_EXPONENT.search, bodies)) and not begin[-1:].isalnum()
    return [Fraction(body) for body in bodies] if is_told and all(map(_FLOAT.fullmatch, bodies)) else None


def _refuse_exponents(stems: Sequence[str], keys: list[Key]) -> None:
    """Raises `DoubtfulError` where 1e3 may be a thousand, and the order would then not be that of `keys`."""
    begin, bodies = _bodies(stems)
    if not _BEFORE_FLOAT.fullmatch(begin) or not all(_FLOAT.fullmatch(body) for body in bodies):
        return
    ordered = sorted(zip(keys, map(Fraction, bodies), stems, strict=True))
    for (_, first, a), (_, second, b) in pairwise(ordered):
        if second <= first:
            raise DoubtfulError(f"{a} and {b} may be numbers with exponents")


def _bodies(stems: Sequence[str]) -> tuple[str, list[str]]:
    """What all names begin with, and of each the rest without the letters that all of them end with."""
    spelt = [spelling(stem) for stem in stems]
    begin = re.sub(r"[\d.+-]+$", "", _common(spelt))
    end = re.sub(r"^.*\d", "", _common([stem[::-1] for stem in spelt])[::-1])
    return begin, [stem[len(begin) : len(stem) - len(end)] for stem in spelt]


def _hexadecimal(stems: Sequence[str], keys: list[Key]) -> list[Key]:
    """The keys, or others where names of several forms are hexadecimal numbers; raises `DoubtfulError`."""
    spelt = [spelling(stem) for stem in stems]
    common = _common(spelt)
    begin = max((place + 1 for place, letter in enumerate(common) if not _HEX.fullmatch(letter)), default=0)
    bodies = [stem[begin:] for stem in spelt]
    if not all(_HEX.fullmatch(body) for body in bodies) or not any(c.isdigit() for body in bodies for c in body):
        return keys
    numbers: list[Key] = [(int(body, 16),) for body in bodies]
    if len(set(map(len, bodies))) == 1:
        return numbers
    if _ranks(numbers) != _ranks(keys):
        raise DoubtfulError("their numbers may be hexadecimal")
    return keys


def _common(stems: Sequence[str]) -> str:
    """What all of them begin with."""
    first, last = min(stems), max(stems)
    return next((first[:n] for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), first)


def _ranks(keys: list[Key]) -> list[int]:
    return sorted(range(len(keys)), key=lambda place: keys[place])
