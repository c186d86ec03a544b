"""Comments in Chinese, put together from clauses whose themes follow from what happened on the ticket."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpi_lib.data.simulate.draw import Flags, Floats, Integers
from kpi_lib.data.simulate.satisfaction import REASONS

COMPLAINING = {
    "attitude": (
        "师傅态度很差，爱理不理", "上门师傅说话很冲", "态度生硬，问两句就不耐烦", "服务态度恶劣，一点都不尊重人",
        "师傅全程黑着脸", "一直抱怨我家住得远，态度不好",
    ),
    "punctuality": (
        "约好的时间没来，也不打电话", "说上午来，等到下午才到", "迟到两个多小时", "预约时间一改再改",
        "等了一天没人上门", "没有按约定时间上门",
    ),
    "professionalism": (
        "修了两次都没修好", "师傅不会弄新机型", "修完第二天又坏了", "技术不行，找不出毛病", "换了人来才修好",
        "师傅说没见过这种故障",
    ),
    "resolution_efficiency": (
        "拖了好几天才处理好", "处理速度太慢", "一个小问题折腾了一个星期", "催了好几次才有人管",
        "维修周期太长", "等了太久",
    ),
    "fees": (
        "收费太贵，没有明细", "上门费不合理", "说是保外，收费没讲清楚", "报价和实际收的不一样", "换个小零件收这么多钱",
    ),
    "parts": (
        "配件一直没货", "等配件等了一个多星期", "说要从总部调件，迟迟不到", "备件到货太慢", "换上的配件又坏了",
    ),
    "product_quality": (
        "刚买几个月就坏了", "产品质量太差", "同一个毛病反复出现", "机器噪音一直很大", "质量不如以前",
    ),
    "communication": (
        "问什么都说不清楚", "没有人告诉我进度", "打电话互相推", "客服和师傅说的不一样", "解释得不清楚，听不懂",
    ),
    "delivery": ("送货时磕坏了外壳", "配送和安装对不上时间", "商场承诺的和实际不符", "送错了型号"),
}  # fmt: skip
"""Clauses of dissatisfaction by theme."""

PRAISING = {
    "attitude": ("师傅态度很好", "服务热情，很有礼貌", "客服很耐心", "师傅进门还穿鞋套，很讲究"),
    "resolution_efficiency": ("上门很快", "当天就修好了", "处理及时", "效率很高"),
    "professionalism": ("技术好，一次就修好了", "师傅很专业", "讲解得很清楚，还教我怎么用", "检查得很仔细"),
    "punctuality": ("准时上门", "说几点到就几点到"),
}
"""Clauses of praise by theme."""

_OPENINGS = ("", "", "", "总的来说", "这次", "说实话，", "唉，", "第二次报修了，")
_CLOSINGS = (
    "。",
    "。",
    "",
    "！",
    "，希望改进。",
    "，不满意。",
    "，以后不会再买了。",
    "，请尽快处理。",
    "，联系电话15400001234。",
)
_THANKS = ("。", "", "！", "，谢谢！", "，点赞。", "，满意。", "，辛苦李师傅了。", "，感谢王师傅！")
_JOINTS = ("，", "，而且", "；")

THEMES = tuple(dict.fromkeys((*REASONS, *PRAISING)))


def write_comments(
    rng: np.random.Generator, *, reason: Integers, score: Floats, wanted: Flags
) -> tuple[pa.StringArray, list[Integers]]:
    """Write a comment for each wanted row: the reason's theme for a low score, praise for a high one, often two themes.

    Returns
    -------
    tuple
        The comments (null where none is wanted), and the positions in THEMES of their first and second theme, -1 for
        none.
    """
    n = len(reason)
    low = score <= 3
    praises = np.array([THEMES.index(theme) for theme in PRAISING])
    first = np.where(low, reason, praises[rng.integers(0, len(praises), n)])
    other = np.where(low, rng.integers(0, len(REASONS), n), praises[rng.integers(0, len(praises), n)])
    has_second = (rng.random(n) < np.where(low, 0.25, 0.30)) & (other != first)
    clause = _clauses(rng, first, low)
    second = _clauses(rng, other, low)
    joint = pa.array(_JOINTS).take(pa.array(rng.integers(0, len(_JOINTS), n)))
    tail = pc.if_else(pa.array(has_second), pc.binary_join_element_wise(joint, second, ""), "")
    opening = pa.array(_OPENINGS).take(pa.array(np.where(low, rng.integers(0, len(_OPENINGS), n), 0)))
    closing = pc.if_else(
        pa.array(low),
        pa.array(_CLOSINGS).take(pa.array(rng.integers(0, len(_CLOSINGS), n))),
        pa.array(_THANKS).take(pa.array(rng.integers(0, len(_THANKS), n))),
    )
    text = pc.if_else(pa.array(wanted), pc.binary_join_element_wise(opening, clause, tail, closing, ""), None)
    themes = [np.where(wanted, first, -1), np.where(wanted & has_second, other, -1)]
    return text, themes


def _clauses(rng: np.random.Generator, theme: Integers, low: Flags) -> pa.StringArray:
    """Return a clause for each row's theme, of complaint where ``low``, else of praise."""
    clauses = [clause for said in (COMPLAINING, PRAISING) for name in THEMES for clause in said.get(name, ())]
    counts = np.array([len(said.get(name, ())) for said in (COMPLAINING, PRAISING) for name in THEMES])
    starts = np.cumsum(counts) - counts
    slot = theme + np.where(low, 0, len(THEMES))
    picked = starts[slot] + np.floor(rng.random(len(theme)) * counts[slot]).astype(np.int64)
    return pa.array(clauses).take(pa.array(picked))
