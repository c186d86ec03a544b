"""Personal data taken out of quotes: numbers that reach a person, plates, addresses and names.

Rather one word too many than one name too few: what looks like a name beside a title is masked.
"""

from __future__ import annotations

import re

MASK = "***"

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方"
    "白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔汤温康施牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘"
    "祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳穆农司卓古吉缪简车项芦麦褚娄窦戚岑景"
    "党宫费卜冷晏席卫米柏宗瞿桂佟臧闵苟邬边卞姬师仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌"
)
_COMPOUND = "欧阳|上官|司马|司徒|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|宇文|夏侯|端木|百里|独孤|南宫"
_SURNAME = f"(?:{_COMPOUND}|[{_SURNAMES}])"
_TITLES = (
    "师傅|师付|先生|女士|小姐|太太|工程师|经理|主任|主管|站长|店长|所长|队长|组长|老师|技师|技工|师姐|大哥|大姐|阿姨|小哥|老板|客服|"
    "专员|顾问|班长|同志|员工|总|工"
)
_NOT_A_NAME = (
    "马上|马虎|高兴|高效|高温|高价|于是|安装|安排|安全|安心|任何|任务|方便|方法|方面|时间|时候|时常|平时|常常|成功|成本|全部|全程|全家|全都|白天|"
    "白跑|白等|金额|水平|水管|万一|温和|温柔|温馨|和气|和蔼|关机|关心|关门|关于|单子|单位|单独|明天|明白|明显|路上|路过|连续|连个|解决|解释|应该|"
    "应付|时效|古怪|简单|简直|商量|商场|师傅|原来|原因|原厂|原装|边上|边修|管理|管家|向我|向来|施工|文明|易损|车费|车上|乐意|官方|谈好|辛苦|查看|查出|"
    "查了|米色|冷淡|冷漠|冷气|盛气|古板|景点|南方|包装|包括|左右|龙头|江湖|从来|从头|项目|卫生|齐全|毛病|石沉|雷人|严重|严肃|武断|顾客|顾及|"
    "许多|许久|何时|何况|章程|申请|申报|左边|程序|程度|范围|段时|史上|钱"
)
_LONG_TITLES = "师傅|师付|先生|女士|小姐|工程师|技师|客服|经理|店长|站长|专员"
_HAN = r"[一-鿿]"
_FOLLOWING = "上门|过来|来|很|太|真|挺|态度|服务|技术|非常|特别|十分|人|的|给|帮|把|修|说|也|就|是|为|一|没|不"
_AFTER = rf"(?=[\s，。！？；、,.!?;:：)）】]|$|{_FOLLOWING})"

_NAME = r"[A-Z][\w'’-]{0,30}(?:\s[A-Z][\w'’-]{0,30}){0,2}"
"""One to three capitalised words."""
_ROOM = r"(?:号楼|号|弄|栋|幢|座|单元|室|楼|层)"
_OFFICES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_FIRST = rf"(?!(?<=[感谢多])谢|谢谢|(?<=[全过里])程|{_NOT_A_NAME}){_SURNAME}"
"""A surname, where it begins no word that is none; 感谢王师傅 thanks Wang, not Xie."""
_CALLED = "我叫|我姓|本人姓|名叫|姓名|联系人|户主|用户名|客户姓名|收件人|机主|名字叫|名字是|他叫|她叫|叫做"
_CHATS = r"(?i:微信号?|wechat|weixin|wx|vx|v信|qq|扣扣)"
_SAID = (
    r"(?i:(?:my|his|her)\s+name\s+is|(?:am|is|was)\s+called|named|name\s?[:：]"
    r"|this\s+is|contact\s?[:：]|regards,?|signed,?)"
)
_ROLES = r"(?i:engineer|technician|master|shifu|manager|agent|supervisor|repairman|installer)"

_NUMBERS = (
    (r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", MASK),
    (r"(?i:https?://|www\.)\S+", MASK),
    # Plates, also of new-energy cars, with a dot or blank after the office's letter.
    (
        rf"[{_OFFICES}] ?[A-Za-z][ ·•.-]?(?=[A-Za-z0-9]*\d)[A-HJ-NP-Za-hj-np-z0-9]{{4,6}}(?![A-Za-z0-9])[挂学警港澳]?",
        MASK,
    ),
    # Seven digits or more, blanks and dashes between: telephones with or without +86, identity cards, orders. No dates.
    (
        r"(?<![\d.])(?!(?:19|20)\d\d[-./年]\d{1,2}[-./月]\d{1,2}(?!\d))"
        r"\+?[(（]?\d(?:[ \-–—_.·()（）]{0,2}\d){6,29}[Xx]?(?:\s?(?:转|-|ext\.?)\s?\d{1,6})?",
        MASK,
    ),
    (r"[零〇一二三四五六七八九幺两]{7,20}", MASK),
    (rf"({_CHATS}(?:号码?|是|id)?\s?[:：]?\s?)[A-Za-z0-9_-]{{5,20}}", rf"\1{MASK}"),
    (
        rf"((?:路|街|巷|道|弄|村|小区|花园|苑|城))\s?\d{{1,5}}\s?(?:{_ROOM}|[ -])(?:\s?\d{{0,5}}\s?{_ROOM}?){{0,4}}",
        rf"\1{MASK}",
    ),
    (r"\d{1,4}\s?(?:号楼|栋|幢|座)\s?(?:\d{1,3}\s?单元)?\s?\d{0,5}\s?[室号]?", MASK),
)
_NAMES = (
    (rf"{_FIRST}{_HAN}{{0,2}}?(?={_TITLES})", MASK),
    (rf"((?:{_TITLES})(?:名叫|名字叫|叫做|叫|姓|名字是|[:：]))\s?{_HAN}{{1,4}}?{_AFTER}", rf"\1{MASK}"),
    (rf"((?:{_LONG_TITLES}))\s?{_FIRST}{_HAN}{{1,2}}?{_AFTER}", rf"\1{MASK}"),
    (rf"((?:{_CALLED})\s?[:：是为]?)\s?{_FIRST}{_HAN}{{0,2}}", rf"\1{MASK}"),
    (rf"(?<![大从])([小老阿])(?!时|区|路|龙|米|包|车|牛|毛|鱼|康|平|计)(?={_SURNAME}){_HAN}{_AFTER}", rf"\1{MASK}"),
    (r"\b((?i:Mr|Mrs|Ms|Miss|Mister|Madam|Dr|Prof)\.?\s{1,3})(?!(?i:who|was|is|came|and|the|for|to)\b)"
     r"[A-Za-z][\w'’-]{0,30}(?:\s[A-Z][\w'’-]{0,30}){0,2}", rf"\1{MASK}"),
    (rf"\b({_ROLES}\s{{1,3}}(?:named\s|called\s)?){_NAME}", rf"\1{MASK}"),
    (rf"\b({_SAID}\s{{1,3}}){_NAME}", rf"\1{MASK}"),
    (rf"\b[A-Z][a-z]{{1,20}}(?:\s[A-Z][a-z]{{1,20}})?(\s+{_ROLES}\b)", rf"{MASK}\1"),
)  # fmt: skip
_RULES = tuple((re.compile(pattern), shown) for pattern, shown in (*_NUMBERS, *_NAMES))


def masked(text: str) -> str:
    """Return a cleaned text without telephones, numbers, plates, addresses and names.

    Parameters
    ----------
    text
        As :func:`kpi_lib.analysis.comments.text.cleaned` returns it: wide forms are narrow, length is bounded.
    """
    for pattern, shown in _RULES:
        text = pattern.sub(shown, text)
    return re.sub(r"(?:\*{3}[ ,，-]?){2,}", MASK, text)
