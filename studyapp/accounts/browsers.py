"""The family of a browser, as its owner would call it: to tell the own devices apart."""

import re

_FAMILIES = (
    ("360浏览器", r"360[SE]E|QihooBrowser|QHBrowser"),
    ("微信", r"MicroMessenger"),
    ("QQ浏览器", r"QQBrowser"),
    ("UC浏览器", r"UC?Browser"),
    ("搜狗浏览器", r"MetaSr|SogouMobileBrowser"),
    ("奇安信浏览器", r"Qaxbrowser|QAX"),
    ("红莲花浏览器", r"Redcore|Hlh"),
    ("华为浏览器", r"HuaweiBrowser"),
    ("Edge", r"Edgi?A?i?O?S?/|Edg/"),
    ("Firefox", r"Firefox|FxiOS"),
    ("Opera", r"OPR/"),
    ("Chrome", r"Chrom(?:e|ium)/|CriOS"),
    ("Safari", r"Safari/"),
)
_SYSTEMS = (
    ("鸿蒙", r"HarmonyOS|OpenHarmony"),
    ("安卓", r"Android"),
    ("iPhone", r"iPhone|iPad"),
    ("统信", r"UOS|uos"),
    ("麒麟", r"Kylin|kylin"),
    ("Windows", r"Windows"),
    ("Mac", r"Macintosh"),
    ("Linux", r"Linux"),
)


def family(user_agent: str) -> str:
    """Return browser and system in a few words; what nobody knows is 其他浏览器."""
    text = user_agent[:500]
    browser, system = (
        next((name for name, pattern in known if re.search(pattern, text)), "")
        for known in (_FAMILIES, _SYSTEMS)
    )
    return " · ".join(filter(None, (browser or "其他浏览器", system)))
