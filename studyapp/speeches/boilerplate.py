"""Lines that are not the speech: what web pages, printers and agencies put around it. Pure.

Each rule has the reason shown beside the removed line. Rules look at whole short lines, so that a
sentence that merely speaks of 来源 or 下载 stays.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

_LONGEST = 400
_SHORT = 90

_ANY_LENGTH: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"网友为[您你]|(?:仅供|供)(?:大家|[您你]|各位)?(?:参考|借鉴)(?:借鉴|学习)?[!！。.,，]|欢迎(?:大家)?阅读|"
            r"^[【\[（(]?(?:核心提示|内容提要|内容摘要|摘要|导语|导读|编者按)[】\]）)]?\s?[:：】\]]|"
            r"小编(?:为|给|整理|精心)|为(?:大家|[您你])(?:整理|带来|收集)|希望(?:对[您你]|能帮|可以帮)"
        ),
        "网页摘要或广告语",
    ),
)

# As the reader of Word files writes them at the end.
_FOOTNOTE = re.compile(r"［\d{1,3}］\S")

_TAIL = re.compile(
    r"(?:以上|上面|上述)(?:就是|是|内容)?.{0,10}(?:小编|网友|本站|本网|关于.{0,80}(?:全部|所有)内容)|小编|"
    r"(?:供|仅供)(?:大家|[您你])?参考[!！。.]?$|"
    r"^(?:主办|承办|协办|技术支持|网站标识码|地址|邮编)(?:单位)?\s?[:：]"
)

_SHORT_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[—\-–－~·•・\s]*(?:第\s*)?\d{1,4}\s*(?:页)?[—\-–－~·•・\s]*"), "页码"),
    (
        re.compile(r"[—\-–－\s]*第?\s*\d{1,4}\s*页?\s*[,，/／]?\s*共?\s*\d{1,4}\s*页?[—\-–－\s]*"),
        "页码",
    ),
    (
        re.compile(
            r"目\s{0,6}[录次]|.{2,60}?(?:…{2,20}|\.{5,60}|·{4,60})\s?[（(]?\d{1,3}[）)]?|"
            r"(?:[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]|第).{1,50}?\s{6,40}\d{1,3}"
        ),
        "目录",
    ),
    (re.compile(r"(?i)page\s*\d{1,4}(?:\s*of\s*\d{1,4})?"), "页码"),
    (re.compile(r"[\s\d]{4,40}"), "网页残留数字"),
    (re.compile(r"[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e\s]{1,40}"), "网页残留符号"),
    (re.compile(r"(?=.*[\"';<>{}])[\x21-\x40\x5b-\x60\x7b-\x7e\s]{1,40}"), "网页残留符号"),
    (re.compile(r"[—–－_＿=＝*＊※·…─━═\-\s]{3,90}"), "分隔线"),
    (
        re.compile(
            r"(?:var|let|const)\s+\w{1,30}\s*=.*|.*\bfunction\s*\(.*|.*document\.\w+.*|"
            r".*\$\(.*|.*window\.\w+.*|</?\w+[^>]{0,80}>(?:[\x20-\x7e]{0,60}</\w{1,10}>)?|"
            r"[A-Za-z_$][\w.$]{0,30}\((?:[\x20-\x7e]{0,60}\)\s?;|[\"'][\x20-\x7e]{0,60}\))"
        ),
        "网页代码",
    ),
    (
        re.compile(
            r"[【\[<（(]?\s*(?:上一[篇页条]|下一[篇页条]|前一篇|后一篇)(?![^\s\]】:：>》）)]{0,2}[讲我]).{0,80}"
        ),
        "网页导航",
    ),
    (re.compile(r"(?:\[\d{1,2}\]\s*){1,20}(?:下一页)?"), "网页导航"),
    (
        re.compile(
            r"(?:您?(?:当前|现在|所在)的?位置|首页)\s*[:：>»›/\-|].{0,80}|(?:返回|回到)(?:首页|顶部|列表|上一页).{0,10}|首页"
        ),
        "网页导航",
    ),
    (
        re.compile(
            r"(?:云海|百度|微博|微信|QQ)?\s*分享(?:到|至|按钮)?\s*(?:[:：]|时间|微信|微博|$).{0,40}|"
            r"分享让更多人看到|(?:扫一扫|扫描二维码|长按识别).{0,60}|(?:收藏|打印|关闭|点赞|复制|纠错|举报)(?:[\s|｜/]*(?:本页|本文|此页|窗口|收藏|打印|关闭|分享|点赞|评论)){0,6}"
        ),
        "网页按钮",
    ),
    (
        re.compile(
            r"[【\[\s]*(?:(?:字号|字体)(?:大小)?\s*[:：]?\s*[【\[]?\s*[大小].{0,20}|大\s*中\s*小)[】\]\s]*(?:打印|关闭|分享)?.{0,10}"
        ),
        "网页按钮",
    ),
    (re.compile(r"(?:【(?:打印|关闭|收藏|字体|大|中|小)[^】]{0,10}】\s*){1,8}"), "网页按钮"),
    (
        re.compile(r"(?:发布|发表|更新|上传|添加|录入|发文)(?:时间|日期|于|人|者)\s*[:：]?.{0,85}"),
        "发布信息",
    ),
    (re.compile(r"(?:信息|文章|稿件|新闻|文稿|资料|内容|图片)?来源\s*[:：].{0,85}"), "发布信息"),
    (
        re.compile(
            r"(?:(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?)\s*)(?:\d{1,2}[:：]\d{2}(?:[:：]\d{2})?.{0,60}|\s*(?:来源|作者|点击|浏览|阅读).{0,60})"
        ),
        "发布信息",
    ),
    (
        re.compile(
            r"(?:点击|浏览|阅读|访问|人气|下载|评论)(?:次?数|量|率|次)?\s*[:：]\s*\d.{0,60}|(?:阅读|浏览|点击)\s*\d{1,8}\s*次?"
        ),
        "发布信息",
    ),
    (
        re.compile(
            r"[（(\[【]?\s*(?:责任|执行|本期|值班|网站|实习|见习)?(?:编辑|责编|编审|校对|审核|初审|复审|终审|排版|供稿|通讯员|录入)\s*[:：/／].{0,60}"
        ),
        "编辑署名",
    ),
    (re.compile(r"[（(【]?\s*(?:图为|图片[:：]|配图[:：]|题图|图片来源).{0,80}"), "图片说明"),
    (
        re.compile(
            r"[（(]?.{0,60}\s(?:摄影?|/摄|供图)\s*[）)]?|[（(].{0,30}(?:摄|供图)\s*[）)]|.{0,20}(?:记者|通讯员)[^，。]{1,15}摄"
        ),
        "图片署名",
    ),
    (
        re.compile(
            r"[（(]?(?:新华社|人民网|中新社|本报|本网|央视网|光明网|新华网)[^，。]{0,20}(?:电|讯)[）)]?(?:\s?[（(](?:记者|通讯员)[^，。；]{2,30}[）)])?|[（(]?(?:本报|本台|新华社)?(?:记者|通讯员)\s?[^，。；]{2,20}[）)]"
        ),
        "新闻机构署名",
    ),
    (
        re.compile(
            r"[（(【]?\s*(?:原载|原标题|转自|转载自|摘自|本文(?:来自|来源|由|地址|链接|转自|标题)|原文(?:链接|地址|来源)?\s*[:：]).{0,60}(?:[）)】]|网|报|社|http\S{0,80}|整理|提供|发布|客户端|杂志|》)[。]?"
        ),
        "转载说明",
    ),
    (
        re.compile(
            r"(?:版权|免责|转载|特别)(?:声明|所有|说明|须知|请注明).{0,85}"
            r"|(?i:copyright|©|all rights reserved).{0,80}"
            r"|.{0,30}(?:ICP备|公网安备).{0,40}"
            r"|(?:声明|注)[:：].{0,40}(?:版权|侵权|删除).{0,40}"
        ),
        "版权声明",
    ),
    (
        re.compile(
            r"[【\[]?\s*(?:相关|推荐|热门|延伸|更多|猜你|精彩|最新|本类|本站)(?:热词|阅读|文章|推荐|搜索|链接|内容|范文|新闻|资讯|喜欢|专题)\S{0,10}?(?:\s*[:：】\]].{0,80})?"
        ),
        "相关推荐",
    ),
    (
        re.compile(
            r"(?:更多|点击|查看|展开|阅读)(?:更多|全文|查看|原文|下载|此处|这里|进入).{0,60}|.{0,40}(?:下载|保存)(?:为|成)?\s*(?:(?i:word|pdf|doc\w?)|全文|本文|附件).{0,40}|(?:标签|关键词|关键字|分类|栏目|TAG|Tags?)\s*[:：].{0,80}"
        ),
        "网页导航",
    ),
    (re.compile(r"(?:https?://|www\.)\S{1,85}\s{0,3}"), "网址"),
    (
        re.compile(
            r"(?:(?:百度|搜索|必应|谷歌).{0,40}(?:本站|本网|免费(?:阅读|下载)|全部范文).{0,40})|(?:公众号|微信号|客服|联系我们|客户端|APP|QQ群?|投稿邮箱|联系电话|邮箱)\s*[:：].{0,60}|(?:请)?关注.{0,15}(?:公众号|微信|微博).{0,30}"
        ),
        "网页广告",
    ),
    (re.compile(r"\S{0,20}\s+(?:分享\s+)?时间\s*[:：]\s*"), "发布信息"),
)

_PAGE_REASONS = frozenset({"页码"})
_LIST_HEAD = "相关推荐"
_ISSUED = re.compile(
    r"[（(]\s*此件[^。；]{2,30}[）)]|抄送[:：].{0,80}|.{2,30}办公室\s{2,}.{0,20}印发"
)


def reason_to_remove(line: str) -> str:
    """Return why the line is not part of the speech, or an empty string."""
    bare = line.strip()
    if not bare or len(bare) > _LONGEST:
        return ""
    if _FOOTNOTE.match(bare):
        return "脚注"
    return _reason(bare) if len(bare) <= _SHORT else ""


@lru_cache(maxsize=1024)
def _reason(bare: str) -> str:
    """Lines are judged again after each step that cuts or joins: the last ones are remembered."""
    return next((reason for pattern, reason in _SHORT_RULES if pattern.fullmatch(bare)), "")


def is_abstract(line: str) -> bool:
    """True for a web page's words about the text. Only lines before the speech are asked."""
    bare = line.strip()
    return len(bare) <= _LONGEST and any(rule.search(bare) for rule, _ in _ANY_LENGTH)


def is_tail_advert(line: str) -> bool:
    """True for a web page's last words about the text. Only lines after the speech are asked."""
    bare = line.strip()
    return len(bare) <= _LONGEST and bool(_TAIL.search(bare))


def tail_list_start(lines: Sequence[tuple[str, str]]) -> int | None:
    """Return where a list of links at the end begins: after its heading, no line is a sentence.

    Each of ``lines`` is a text and the reason it is removed for, or empty.
    """
    start = None
    for at in reversed(range(len(lines))):
        text, reason = lines[at]
        if reason == _LIST_HEAD:
            start = at + 1
        if not reason and not _is_link(text.strip()):
            break
    return start


def _is_link(text: str) -> bool:
    return len(text) <= _SHORT and not text.endswith(tuple("。！？；：!?;:"))


def is_issue_note(line: str) -> bool:
    """True for the marks of an office under a text: （此件发至县团级）. Only the end is asked."""
    bare = line.strip()
    return len(bare) <= _SHORT and bool(_ISSUED.fullmatch(bare))


def is_page_number(reason: str) -> bool:
    """Page numbers also stand in the middle of a paragraph."""
    return reason in _PAGE_REASONS
