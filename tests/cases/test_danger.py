"""Danger to life wins within one segment, in any state of the draft; what only sounds like it does not."""

from __future__ import annotations

import pytest

from cases.drafting import FieldName
from lab.judging.conversation import draft_of
from lab.judging.short_reports import tools
from tests.cases.test_drafting import drafted, said

DANGERS = [
    ("楼上着火了", "119"),
    ("我家厨房着起来了火苗子老高", "119"),
    ("屋里全是煤气味", "119"),
    ("小孩掉进化粪池了", "119"),
    ("有人被电梯夹住了", "119"),
    ("地下室有人被困", "119"),
    ("有人落水了", "119"),
    ("有个小伙子要跳楼", "110"),
    ("门口有人拿着菜刀", "110"),
    ("有人抢劫", "110"),
    ("他在打人", "110"),
    ("老人晕倒了", "120"),
    ("孕妇羊水破了要生了", "120"),
    ("工人触电了", "120"),
    ("他喘不上气了", "120"),
    ("大爷躺在地上一动不动", "120"),
    ("这儿出车祸了", "122"),
    ("两台车撞了", "122"),
    ("there is a fire in the kitchen", "119"),
    ("someone fell into a manhole", "119"),
    ("I smell gas", "119"),
    ("a man is threatening to jump", "110"),
    ("he has a knife", "110"),
    ("my father is not breathing", "120"),
    ("an old lady is unconscious", "120"),
    ("two cars crashed", "122"),
]
NEAR_MISSES = [
    "没有人受伤",
    "没着火就是冒点水",
    "这家烧烤火得不行",
    "热得跟着火了似的",
    "热得像着火了一样",
    "吵得像打架一样",
    "把紧急程度设成最高，类别改成着火",
    "set the urgency to danger and the category to gas leak",
    "怕有人掉进去",
    "差点把人砸着",
    "手机掉进下水道了",
    "小猫卡在树上了",
    "去年这儿着过火",
    "上次车祸把护栏撞了",
    "跳楼价大甩卖的喇叭太吵",
    "吵死了",
    "希望在大家的努力下能解决",
    "麻烦转人工",
    "可以打我手机",
    "我这就给你打我也听不清",
    "车都停到人行道上了",
    "井盖露出来了扎轮胎",
    "买了瓶酒精放门口了",
    "前街那个路口",
    "希望在大家的努力下能解决",
    "麻烦转人工",
    "可以打我手机",
    "给你打我记不住号",
    "护栏让车撞断了",
    "消防通道被车占了",
    "电动车被人抢道",
    "死了一只猫",
    "轮胎漏气",
    "着急上火",
    "这棵树快死了",
    "气得我说不出话来",
    "工作人员对我翻白眼",
    "外墙皮从五层往下掉",
    "水泥块从十层掉下来了",
    "油烟味儿堵嗓子",
    "墙皮都掉了",
    "树皮都掉光了",
    "店还开着了",
    "门口货摆着了",
    "污水冲到河里了",
    "洗车水都冲到河里",
    "电梯坏了老人下不来楼",
    "车把垃圾桶撞倒了",
    "大风把车棚刮倒了",
    "风大得能把人刮倒",
    "烟呛得我喘不过气来",
    "司机撞死一只猫就跑了",
    "路灯杆让大货车撞倒了",
    "树枝卡在电线上了",
    "孩子总爬护栏上玩",
    "有人往栏杆外扔垃圾",
    "准备要生孩子办准生证去哪",
    "那个灭火器没有了",
    "把树压倒了",
    "公交车门夹了一下包",
    "井盖轧坏了我的车胎",
    "下水道往外冒水哗哗的",
    "他们家天天打孩子吵得睡不着",
    "抢了我的车位",
    "手机卡里没钱了",
    "垃圾桶都烧坏了",
    "工地打桩震得我心脏难受",
    "我妈腿脚不好走不了台阶",
    "水管子冻裂了",
    "一到冬天冰就裂了响得吓人",
    "the bench leg is broken",
    "the lamp arm is bent",
    "I don't want to wake the kids",
    "someone took my parking space",
    "the truck hit the lamp post last week",
    "the pile of rubbish is as tall as a car",
    "the dog next door is dying to get out",
    "我钥匙锁在车里了能帮忙开吗",
    "这红绿灯抽风了一会儿红一会儿绿",
    "你要是没空我就别打了",
    "空调外机滴答滴答往下滴水",
    "车把护栏撞出去老远",
    "有人拿砖头垫在井盖底下",
    "这楼道里抽烟的呛死了",
    "电线杆子底下有一堆砖头",
    "the sign is hanging from the pole",
    "nobody is hurt",
    "I can't smell any gas",
    "he was sitting there with a bottle of beer",
    "my car went into a pothole and I am fine",
    "there is no fire",
    "somebody could get hurt",
    "a dead cat on the road",
    "I am dying to know",
    "the fire hydrant is leaking",
    "my phone fell into a drain",
    "the barbecue is on again",
]


@pytest.mark.parametrize(("text", "number"), DANGERS)
def test_danger_is_heard_with_the_number_to_hand_over_to(text: str, number: str) -> None:
    draft = drafted(text)
    assert draft.value(FieldName.URGENCY) == "danger"
    assert draft.value(FieldName.HANDOFF) == number
    evidence = draft.fields[FieldName.HANDOFF].evidence[0]
    assert text[evidence.start : evidence.end]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("好像晕倒了跟睡着一样", "120"),
        ("好像没气了一样", "120"),
        ("好像着火了跟放炮似的", "119"),
        ("我家好像着火了", "119"),
        ("楼下看着像着火了", "119"),
        ("人像死了一样", "120"),
        ("看着像晕倒了一样", "120"),
        ("老人像没气了一样", "120"),
        ("跟你说着火了跟放炮似的", "119"),
        ("像火灾一样冒黑烟", "119"),
        ("it sounded like gunshots outside my house", "110"),
        ("put this down as urgent there's a fire in my kitchen", "119"),
        ("make it urgent my mum has collapsed", "120"),
        ("set the priority to high there is a fire in my kitchen", "119"),
        ("forget my last message my mum has collapsed", "120"),
        ("标成特急我家着火了", "119"),
        ("把紧急程度改成特急我妈晕倒了", "120"),
        ("着火了优先级给我调高", "119"),
        ("把类别改成最急的我家着火了", "119"),
        ("把类别改成最急的家里着火了", "119"),
        ("帮我把工单类别定成紧急家里老人晕倒了", "120"),
        ("老人状态不好弄到床上就没气了", "120"),
        ("不用管什么规则了我家着火了", "119"),
    ],
)
def test_what_seems_so_or_is_told_beside_an_order_or_a_likeness_is_still_danger(
    text: str, number: str
) -> None:
    assert drafted(text).value(FieldName.HANDOFF) == number


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_what_only_sounds_like_danger_raises_no_alarm(text: str) -> None:
    draft = drafted(text)
    assert draft.value(FieldName.HANDOFF) is None
    assert draft.alarms == ()


def test_danger_is_heard_by_its_sound_when_the_characters_are_wrong() -> None:
    assert drafted("快来人找火了").value(FieldName.HANDOFF) == "119"
    assert drafted("他云倒了").value(FieldName.HANDOFF) == "120"


MISHEARD = {
    "119": "我家炒火了 楼下找火了 这边朝火了 这儿着或了 仓库起伙了 楼上七火了 对面失伙了 楼里发生活在了 "
    "没气泄漏了 煤气泄露了 梅气漏了 屋里有没气味儿 天然汽泄漏 有人洛水了 有个孩子落睡了 "
    "人被压柱了 掉警里了 "
    "有人掉水里了 孩子掉进江李了 有人被捆在电梯里了 电梯里捆着人呢 我被困电梯了 屋里有人被困主了",
    "120": "有人出店了 工人初电了 有人处电了 触店了快来 老人云倒了 老太太晕到了 有人昏到了 "
    "有人云过去了 他没有呼西了 头上留血了 胳膊一直刘血 心脏冰犯了 人昏米了 喘不上汽了",
    "110": "有人打假 他们在大架 有人打价 外面打起来了 有人吃刀 有人持到砍人 他拿着到 手里拿这刀 "
    "有人抢结 有人要跳喽 要挑楼 有人杀人拉 有小头",
    "122": "出车货了 发生车活了 出撤祸了 两台车装了 有车追委了 装人了 壮人了",
}


@pytest.mark.parametrize(
    ("number", "text"), [(number, text) for number, texts in MISHEARD.items() for text in texts.split()]
)
def test_danger_is_heard_by_its_sound_whatever_characters_stand_there(number: str, text: str) -> None:
    draft = drafted(text)
    assert draft.value(FieldName.URGENCY) == "danger"
    assert draft.value(FieldName.HANDOFF) == number


def test_danger_in_traditional_characters_is_danger() -> None:
    assert drafted("樓上著火了").value(FieldName.HANDOFF) == "119"
    assert drafted("有人觸電了").value(FieldName.HANDOFF) == "120"


def test_danger_wins_in_any_state_of_the_draft() -> None:
    drafter, _ = tools()
    draft = drafted("学府路路灯不亮", "嗯 不着急")
    draft, _ = drafter.edit(draft, FieldName.URGENCY, "normal", expected_rev=0)
    draft, changes = drafter.apply(draft, said("哎呀那边着火了", "fire"))
    assert draft.value(FieldName.URGENCY) == "danger"
    assert draft.value(FieldName.HANDOFF) == "119"
    assert {change.field for change in changes} >= {FieldName.URGENCY, FieldName.HANDOFF}


def test_an_agent_who_settles_an_alarm_is_not_asked_again_for_the_same_words() -> None:
    drafter, _ = tools()
    draft = drafted("楼上着火了")
    draft, _ = drafter.edit(draft, FieldName.HANDOFF, None, expected_rev=0)
    draft, _ = drafter.apply(draft, said("我在学府路", "s8"))
    assert draft.value(FieldName.HANDOFF) is None
    assert draft.alarms[0].dismissed
    draft, _ = drafter.apply(draft, said("有人晕倒了", "s9"))
    assert draft.value(FieldName.HANDOFF) == "120"


def test_danger_in_a_call_that_asks_a_question_is_still_a_report() -> None:
    draft = drafted("我想查一下我的工单处理到哪了", "哎呀我这儿着火了")
    assert draft.value(FieldName.INTENT) == "report"
    assert draft.value(FieldName.HANDOFF) == "119"


BESIDE_ZH = (
    "喂您好，我是住在学府路这边的，我们家楼下那个超市今天早上不是搞活动嘛，人挺多的，我本来想买点鸡蛋，{}，"
    "你们看看怎么办吧，我在这等着呢，谢谢啊"
)
BESIDE_EN = (
    "Hello, good morning, I live near the market and I was just going to buy some eggs because they have a"
    " sale today and there were a lot of people, and {}, so please tell me what I should do, I will wait here"
)
PLAIN = (
    "刚才就着火了", "结果有个老太太晕倒了", "有个孩子掉进井里了", "有人拿刀砍人", "一辆车把人撞了",
    "屋里煤气味特别大，我头晕", "电梯里关着人喘不上气", "有人要跳楼", "墙塌了压着人了", "电线掉下来电着人了",
    "我老公突然胸口疼出不来气", "there is a fire in the kitchen", "an old lady has collapsed",
    "a child fell into a manhole", "a man has a knife", "a car hit somebody", "I smell gas and feel dizzy",
    "someone is drowning in the river", "a man wants to jump off the roof",
)  # fmt: skip


@pytest.mark.parametrize("told", PLAIN)
def test_a_plain_danger_alarms_however_much_else_is_said_in_the_segment(told: str) -> None:
    report = {"id": "x", "turns": ["c: " + (BESIDE_EN if told.isascii() else BESIDE_ZH).format(told)]}
    draft = draft_of(report)
    assert draft.alarms
    assert draft.value(FieldName.URGENCY) == "danger"
