"""Personal data do not come through, and ordinary words do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_lib.analysis.comments.mask import masked
from kpi_lib.analysis.comments.text import cleaned


@pytest.mark.parametrize(
    ("comment", "secret"),
    [
        ("联系电话13812345678。", "138"),
        ("电话：+86 138-1234-5678 谢谢", "5678"),
        ("电话+8613812345678", "12345"),
        ("0086 138 1234 5678", "5678"),
        ("(+86)138 1234 5678", "1234"),
        ("０１０－１２３４５６７８", "345"),
        ("座机0871-68887777转801", "801"),
        ("（028）8765 4321", "4321"),
        ("打400-820-8820没人接", "8820"),
        ("１３８１２３４５６７８", "8123"),
        ("1 3 8 1 2 3 4 5 6 7 8", "4 5"),
        ("1·3·8·1·2·3·4·5·6·7·8", "4"),
        ("一三八一二三四五六七八打不通", "三四五"),
        ("身份证510105199001011234", "1990"),
        ("身份证51010519900101123X", "23X"),
        ("身份证51010519900101123x号", "3x"),
        ("川A12345的车", "12345"),
        ("车牌川A·D12345", "D123"),
        ("京AD12345挡住", "D123"),
        ("粤b 88z66", "88z"),
        ("mail zhang.san@qq.com now", "zhang"),
        ("微信号abc_12345", "abc"),
        ("加我微信：zhangsan88", "zhang"),
        ("我住人民路12号3栋2单元502室", "502"),
        ("3栋2单元502来过", "502"),
        ("见 https://example.com/u/13812345678", "example"),
        ("辛苦李师傅了", "李"),
        ("感谢王师傅！", "王"),
        ("王建国师傅很好", "建国"),
        ("师傅王建国很负责", "建国"),
        ("欧阳修先生说的", "欧阳"),
        ("张工技术好", "张"),
        ("刘女士投诉", "刘"),
        ("李小姐接的电话", "李"),
        ("师傅姓陈", "陈"),
        ("师傅叫陈大文，人好", "陈大文"),
        ("谢谢客服王芳的帮助", "王芳"),
        ("联系人：赵四", "赵四"),
        ("我叫孙悟空，请回电", "孙悟空"),
        ("小张来了", "张"),
        ("工程师周杰 上门", "周杰"),
        ("Mr. Wang was late", "Wang"),
        ("mr wang was late", "wang"),
        ("MR WANG", "WANG"),
        ("Mrs Li Mei-ling came", "Mei"),
        ("Ms. O’Neil said", "Neil"),
        ("Engineer Zhang Wei came late", "Zhang"),
        ("technician named John Smith", "Smith"),
        ("My name is John Smith.", "John"),
        ("this is Wang Fang", "Fang"),
        ("Master Li fixed it", "Li "),
        ("Zhang Wei engineer", "Zhang"),
    ],
)
def test_masked(comment: str, secret: str) -> None:
    text = cleaned(comment).text
    assert "***" in masked(text)
    assert secret.lower() not in masked(text).lower()


@pytest.mark.parametrize(
    "comment",
    [
        "维修师傅很好，上门师傅也好", "师傅马上就到", "师傅高兴地走了", "师傅都很好", "安装工程师很好", "员工态度差",
        "售后服务人员工作认真", "人工费贵", "总经理很好", "全程师傅陪同", "我和师傅说好了", "收费1200元",
        "修了3次 2 小时", "价格12.5元", "型号KFR-35GW/26", "等了2025-11-03到现在", "2025年11月3日报修",
        "Technician came late",
        "the manager was rude", "三天了还没来", "一二三",
    ],
)  # fmt: skip
def test_ordinary_words_stay(comment: str) -> None:
    assert masked(comment) == comment


@given(
    st.text(alphabet="师傅好差王李的了。, ", max_size=12),
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", "-", " ", ".", "·"]),
    st.text(alphabet="师傅好差的了。, ", max_size=12),
)
def test_no_mobile_number_comes_through(before: str, number: str, joint: str, after: str) -> None:
    written = joint.join((number[:3], number[3:7], number[7:]))
    left = "".join(letter for letter in masked(cleaned(before + written + after).text) if letter.isdigit())
    assert left == ""


@given(st.text(max_size=300))
def test_anything_can_be_masked_and_a_second_time_changes_nothing_more(text: str) -> None:
    once = masked(cleaned(text).text)
    digits = "".join(letter if letter.isascii() and letter.isdigit() else " " for letter in once)
    assert not any(len(run) >= 7 for run in digits.split())
    assert masked(once) == once
