"""The company: centres, branches and their standing traits, providers, engineers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from kpi_lib.data.simulate.draw import generator
from kpi_lib.text import Text


@dataclass(frozen=True)
class Place:
    """One branch and what it is like when nothing special happens.

    Parameters
    ----------
    key, name, centre, code
        Key and name of the branch, key of its centre, telephone area code (part of ticket numbers).
    size
        Tickets in an average month at the natural volume.
    response_hours
        Median first response of a daytime phone ticket.
    fix
        Log odds added to the chance of a first-time fix.
    satisfaction
        Added to the latent satisfaction (standard normal units).
    connect
        Share of daytime calls that are answered.
    """

    key: str
    name: Text
    centre: str
    code: str
    size: float
    response_hours: float
    fix: float
    satisfaction: float
    connect: float


CENTRES = {
    "chengdu": Text("Chengdu centre", "成都服务管理中心"),
    "beijing": Text("Beijing centre", "北京服务管理中心"),
    "shenyang": Text("Shenyang centre", "沈阳服务管理中心"),
    "shanghai": Text("Shanghai centre", "上海服务管理中心"),
    "guangzhou": Text("Guangzhou centre", "广州服务管理中心"),
    "wuhan": Text("Wuhan centre", "武汉服务管理中心"),
    "xian": Text("Xi'an centre", "西安服务管理中心"),
}
REGIONS = {
    "chengdu": Text("southwest", "西南大区"),
    "beijing": Text("north", "华北大区"),
    "shenyang": Text("northeast", "东北大区"),
    "shanghai": Text("east", "华东大区"),
    "guangzhou": Text("south", "华南大区"),
    "wuhan": Text("central", "华中大区"),
    "xian": Text("northwest", "西北大区"),
}
"""Region of each centre."""

DEFAULT = (
    Place("chengdu", Text("Chengdu", "成都"), "chengdu", "028", 300, 1.20, 0.15, 0.12, 0.905),
    Place("suining", Text("Suining", "遂宁"), "chengdu", "0825", 75, 1.45, 0.00, 0.00, 0.925),
    Place("neijiang", Text("Neijiang", "内江"), "chengdu", "0832", 45, 1.70, -0.30, -0.18, 0.900),
    Place("mianyang", Text("Mianyang", "绵阳"), "chengdu", "0816", 120, 1.10, 0.20, 0.10, 0.945),
    Place("kunming", Text("Kunming", "昆明"), "chengdu", "0871", 180, 1.30, -0.10, -0.05, 0.915),
)
"""The five branches of the committed sample."""

_OTHERS = (
    ("chengdu", "guiyang Guiyang 贵阳 0851 110|chongqing Chongqing 重庆 023 320"),
    (
        "beijing",
        "beijing Beijing 北京 010 400|tianjin Tianjin 天津 022 240|shijiazhuang Shijiazhuang 石家庄 0311 180|"
        "taiyuan Taiyuan 太原 0351 120|hohhot Hohhot 呼和浩特 0471 60|tangshan Tangshan 唐山 0315 90",
    ),
    (
        "shenyang",
        "shenyang Shenyang 沈阳 024 220|changchun Changchun 长春 0431 130|harbin Harbin 哈尔滨 0451 150|"
        "dalian Dalian 大连 0411 140|daqing Daqing 大庆 0459 40",
    ),
    (
        "shanghai",
        "shanghai Shanghai 上海 021 420|nanjing Nanjing 南京 025 260|hangzhou Hangzhou 杭州 0571 280|"
        "hefei Hefei 合肥 0551 170|suzhou Suzhou 苏州 0512 210|ningbo Ningbo 宁波 0574 150|xuzhou Xuzhou 徐州 0516 70",
    ),
    (
        "guangzhou",
        "guangzhou Guangzhou 广州 020 410|shenzhen Shenzhen 深圳 0755 330|foshan Foshan 佛山 0757 160|"
        "nanning Nanning 南宁 0771 120|haikou Haikou 海口 0898 60|fuzhou Fuzhou 福州 0591 140|"
        "xiamen Xiamen 厦门 0592 90",
    ),
    (
        "wuhan",
        "wuhan Wuhan 武汉 027 290|changsha Changsha 长沙 0731 220|nanchang Nanchang 南昌 0791 130|"
        "zhengzhou Zhengzhou 郑州 0371 250|luoyang Luoyang 洛阳 0379 60|yichang Yichang 宜昌 0717 45",
    ),
    (
        "xian",
        "xian Xi'an 西安 029 270|lanzhou Lanzhou 兰州 0931 90|xining Xining 西宁 0971 30|"
        "yinchuan Yinchuan 银川 0951 40|urumqi Urumqi 乌鲁木齐 0991 100",
    ),
)

_PROVIDERS = ("恒信", "诚达", "安捷", "宏泰", "顺兴")
_PROVIDER_WEIGHTS = (0.42, 0.27, 0.16, 0.10, 0.05)


def _drawn(centre: str, line: str) -> Place:
    key, en, zh, code, size = line.split(" ")
    rng = generator(0, "place", key)
    response, fix, satisfaction, connect = rng.uniform((1.0, -0.35, -0.2, 0.89), (1.9, 0.3, 0.2, 0.95))
    name = Text(en, zh)
    traits = (round(response, 2), round(fix, 2), round(satisfaction, 2), round(connect, 3))
    return Place(key, name, centre, code, float(size), *traits)


@cache
def places() -> tuple[Place, ...]:
    """Return all 43 branches, the sample's five first."""
    others = tuple(_drawn(centre, line) for centre, lines in _OTHERS for line in lines.split("|"))
    return DEFAULT + others


def providers(place: Place) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return the names of the branch's service providers and their shares of the work."""
    n = min(max(round(place.size / 60), 2), len(_PROVIDERS))
    return tuple(f"{place.name.zh}{name}服务部" for name in _PROVIDERS[:n]), _PROVIDER_WEIGHTS[:n]


def engineers(place: Place) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the branch's engineers (staff numbers) and the position of each one's provider, in provider order."""
    _, weights = providers(place)
    numbers: list[str] = []
    homes: list[int] = []
    for home, weight in enumerate(weights):
        for number in range(max(2, round(place.size * weight / sum(weights) / 25))):
            numbers.append(f"{place.code}-{home + 1}{number + 1:02d}")
            homes.append(home)
    return tuple(numbers), tuple(homes)
