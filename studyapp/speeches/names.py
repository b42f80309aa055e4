"""Names of speakers: in lines of their own, behind a post, in titles. Pure."""

import re

_POST = (
    r"(?:书记|局长|主任|部长|政委|主席|总书记|总理|省长|市长|县长|区长|厅长|院长|检察长|总队长|支队长|大队长|"
    r"队长|所长|处长|科长|委员|政治委员|校长|院士|教授|秘书长|组长|会长|总经理|董事长|代表|常委|干事)"
)
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗"
    "凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹"
    "狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞"
    "万支柯昝管卢莫经房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮储靳汲邴松井段"
    "富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索"
    "咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍郤璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充"
    "慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简"
    "饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖付覃仝闫逯岳帅缑亢况涂佟楚闰代邸晋"
)
_NAME = (
    rf"(?:[{_SURNAMES}]\s?[\u4e00-\u9fff\U00020000-\U0003ffff](?:\s?[\u4e00-\u9fff\U00020000-\U0003ffff])?|[\u4e00-\u9fff]{{2,4}}·[\u4e00-\u9fff]{{1,6}}"
    r"|(?:欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒|夏侯|端木|令狐)[\u4e00-\u9fff]{1,2}"
    r"|某某某?|[X×*＊xX]{2,3}|○○○?|[\u4e00-\u9fff]某某?)"
)
SPEAKER_LINE = re.compile(
    rf"[（(]?\s*(?:[^。，！？:：]{{0,40}}{_POST}(?:、[^。，！？:：]{{1,25}}{_POST}){{0,3}}\s*)?({_NAME})\s*(?:同志)?\s*[）)]?"
    rf"|[^。，！？:：]{{0,40}}{_POST}\s?[:：]\s*({_NAME})\s*(?:同志)?"
    rf"|({_NAME})\s*[（(][^）)]{{0,40}}{_POST}[^）)]{{0,6}}[）)]"
)
_TITLE_SPEAKER = re.compile(rf"({_NAME})(?:同志)?(?:[:：]|(?=在|同|给|到|就|关于))")
_TITLE_POST_SPEAKER = re.compile(
    rf"[\u4e00-\u9fff]{{0,30}}{_POST}({_NAME})(?:同志)?(?:[:：]|(?=在|同|给))"
)
_UNIT_ENDS = tuple("局委院厅部处科队会组府市省县区所室办司层家")


def speaker_in(title: str) -> str | None:
    """Return a name that ``title``, without spaces, gives; a post or a unit alone is no name."""
    found = _TITLE_POST_SPEAKER.match(title) or _TITLE_SPEAKER.match(title)
    return found.group(1) if found and not found.group(1).endswith(_UNIT_ENDS) else None
