"""A one-string name told apart into given name and surname, for sorting and search only: never written back.

Our own rules: titles, letters after the name, generations, particles, comma order, patronymics, Han and Hangul.
"""

import re

import msgspec


class Parts(msgspec.Struct, frozen=True, gc=False):
    """Both as written. No surname for one word, a company or a number."""

    given: str
    surname: str = ""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TITLES = _set(
    "mr mrs ms miss mx dr prof professor sir dame lord lady rev fr sr don doña mme mlle m herr frau hr "
    "dipl ing sheikh shaikh sayyid hajji haji pan pani sig signora dott avv capt col gen lt sgt maj hon "
    "г-н г-жа д-р"
)
_LETTERS = _set(
    "phd md mba msc bsc ma ba dds esq jd llm rn cpa dphil frcp obe mbe kbe jr sr i ii iii iv v san sama "
    "kun"
)
_PARTICLES = _set(
    "de del della der den di da das do dos du d la le los las van von vom zu zum zur ten ter te bin ibn "
    "bint al el ul abu ben bar st af av und y e بن ابن بنت آل"
)
_COMPANY = re.compile(
    r"(?i)\b(?:inc|ltd|llc|gmbh|ag|kg|s\.?a|s\.?r\.?l|b\.?v|plc|corp|co|oy|ab|as|oü|ооо|оао|зао|株式会社|有限公司)\.?\s*$"
)
_PATRONYMIC = re.compile(
    r"(?i)(?:[оеё]вич|ович|ьич|[оеё]вна|ична|инична|ovych|[oe]vich|[oe]vna|ivna|ovich)\Z"
)
_CHILD_OF = _set("oglu oğlu ogly oglou qizi qızı kyzy kizi оглы оглу кызы гызы")
_HAN_HANGUL = re.compile("[\u3400-\u9fff\uac00-\ud7a3]{2,5}\\Z")
_KANA = re.compile("[\u3040-\u30ff]")
_DOUBLE = _set(
    "欧阳 歐陽 司马 司馬 诸葛 諸葛 上官 夏侯 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 司徒 东方 南宫 "
    "남궁 황보 제갈 사공 선우 서문 독고"
)
_TRIM = " .,;()[]\"'"


def split(full: str) -> Parts:
    """Given name and surname of `full`."""
    text = full.strip()
    if _KANA.search(text) or _COMPANY.search(text) or any(c.isdigit() for c in text):
        return Parts(text)
    if _HAN_HANGUL.match(text):
        return _surname_first(text)
    before, comma, after = text.partition(",")
    if comma and not _is_letters(after):
        return _comma(before, after)
    words = _bare(before.split())
    if len(words) < 2:
        return Parts(" ".join(words) or text)
    return _in_order(words)


def _surname_first(text: str) -> Parts:
    length = 2 if text[:2] in _DOUBLE and len(text) > 2 else 1
    return Parts(text[length:], text[:length])


def _comma(before: str, after: str) -> Parts:
    """Smith, John: what stands before the comma is the surname, whole."""
    given = _bare(after.split(",", maxsplit=1)[0].split())
    return Parts(" ".join(given), before.strip())


def _in_order(words: list[str]) -> Parts:
    several = len(words) > 2  # of two words, Roman Abramovich, the last is the surname
    if several and (words[-1].lower() in _CHILD_OF or _PATRONYMIC.search(words[-1])):
        # Petrov Ivan Sergeevich, Aliyev Vaqif Samad oglu: the surname leads.
        return Parts(" ".join(words[1:]), words[0])
    if several and _PATRONYMIC.search(words[1]):
        return Parts(" ".join(words[:2]), " ".join(words[2:]))
    start = len(words) - 1
    while start > 1 and words[start - 1].lower().strip("'’.") in _PARTICLES:
        start -= 1
        if words[start].lower() in {"y", "e"} and start > 1:
            start -= 1
    return Parts(" ".join(words[:start]), " ".join(words[start:]))


def _bare(words: list[str]) -> list[str]:
    """`words` without titles in front and letters behind; a name made of nothing else stays."""
    kept = [word for word in words if any(map(str.isalpha, word))]
    while len(kept) > 1 and kept[0].lower().strip(_TRIM) in _TITLES:
        kept.pop(0)
    while len(kept) > 1 and _plain(kept[-1]) in _LETTERS:
        kept.pop()
    return kept


def _is_letters(text: str) -> bool:
    return all(_plain(word) in _LETTERS for word in text.replace(",", " ").split())


def _plain(word: str) -> str:
    return word.lower().replace(".", "").replace("-", "").strip(_TRIM)
