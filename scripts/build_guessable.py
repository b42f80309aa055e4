"""Rebuild studyapp/accounts/data/guessable.txt, what people make guessable passwords of.

    python scripts/build_guessable.py

Sources: the list of common passwords that Django brings (20,000 by Royce Williams, from Mark
Burnett's and others' leaks, in the public domain), the readings of pypinyin (MIT), and the words
below, which guides to Chinese passwords name again and again. Whole passwords are kept only where
the other rules of the policy would let them pass; the rest is made of pieces.
"""

import gzip
import re
from pathlib import Path

from django.contrib.auth import password_validation
from pypinyin import Style, pinyin_dict
from pypinyin.core import Pinyin

TARGET = Path(__file__).resolve().parent.parent / "studyapp" / "accounts" / "data" / "guessable.txt"
LENGTH = 12
TOP = 400  # of Django's list: words that people join with figures

CHINESE = """
    gongan jingcha minjing fujing dangyuan dangwei dangzhi zhibu dangzhibu dangxiao zhibuxuexi
    shuji weiyuan xuexi xuexiqiangguo qiangguo shiju fenju xianju paichusuo xingjing xingzhen
    zhian jiaojing tejing wujing jingwu zhengfa zhengzhi renmin renminjingcha zhongguo zhonghua
    zuguo beijing shanghai guangzhou shenzhen gongchandang zhonggong chuxin buwangchuxin
    laojishiming hongqi dangjian jiguan bangong admin administrator guanliyuan mima denglu
    yonghu ceshi xitong neiwang woaini woaiwojia iloveyou aini aiwo laopo laogong baobao baobei
    mama baba mimi haha hehe nihao xiexie pingan jiankang facai gongxi xingfu kuaile tiantian
    tianshi mingtian zhangsan lisi wangwu xiaoming qqcom weixin taobao baidu huawei xiaomi
    abc abcd abcde abcdef abcdefg test root user guest login welcome passwd password passw pass
    letmein hello china police cop
"""
WALKS = """
    qwertyuiop asdfghjkl zxcvbnm qazwsxedcrfvtgbyhnujm 1qaz2wsx3edc4rfv5tgb6yhn7ujm
    1q2w3e4r5t6y7u8i9o0p q1w2e3r4t5y6u7i8o9p0 zaq1xsw2cde3vfr4 zaq12wsx qazxswedc qweasdzxc
    1qazxsw2 qwaszx 147258369 159357 741852963 789456123
"""
NUMBERS = """
    520 521 1314 5201314 1314520 520520 110 119 120 122 12389 12345 168 188 518 666 888 999 001
    007 100 101 010 123321 123123 112233 11223344 100200 147258 258369 000
"""
HEADER = """\
# What people make guessable passwords of. Made by scripts/build_guessable.py, sources named there:
# Django's list of common passwords (public domain), pypinyin (MIT), words of our own.
"""


def whole(passwords: list[str]) -> list[str]:
    """Return those that length and character classes would let pass, whatever their case."""
    kinds = (r"[a-z]", r"[^a-z]")  # capitals may come on top
    return [
        one
        for one in passwords
        if len(one) >= LENGTH and one.isprintable() and all(re.search(kind, one) for kind in kinds)
    ]


def syllables() -> list[str]:
    """Return the syllables of Mandarin without their tones."""
    plain = Pinyin().lazy_pinyin
    found = {
        plain(chr(code), style=Style.NORMAL)[0]
        for code in pinyin_dict.pinyin_dict
        if 0x4E00 <= code <= 0x9FFF
    }
    return sorted(one for one in found if re.fullmatch(r"[a-z]{1,6}", one))


def main() -> None:
    """Write the file."""
    source = Path(password_validation.__file__).parent / "common-passwords.txt.gz"
    with gzip.open(source, "rt", encoding="utf-8") as file:
        known = file.read().split("\n")
    words = {one for one in known[:TOP] if re.fullmatch(r"[a-z]{4,}", one)} | set(CHINESE.split())
    parts = {
        "whole": whole(known),
        "words": sorted(words),
        "walks": WALKS.split(),
        "numbers": sorted(NUMBERS.split()),
        "syllables": syllables(),
    }
    lines = [f"{name}\t{' '.join(found)}" for name, found in parts.items() if name != "whole"]
    lines += [f"whole\t{one}" for one in parts["whole"]]
    TARGET.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    counts = ", ".join(f"{len(found)} {name}" for name, found in parts.items())
    print(f"{counts}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
