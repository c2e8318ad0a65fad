export const assignments = {
  assigned: {
    heading: "承办单位",
    acts: "对该单位现在可做的操作",
    waiting: "等待审批和复核",
    give: "再派一个单位",
    history: "经过",
    giveIt: "派给",
    mustAnswer: "须反馈",
    reason: "原因",
    note: "说明（可不填）",
    hours: "小时（按该时限计）",
    whichLevel: "督办级别",
    level: "{n} 级督办",
    with: "承办：{who}",
    asksHours: "申请延 {n} 小时",
    extended: "已延 {n} 小时",
    paused: "{at} 起停止计时",
    answer: "反馈：",
    photos: "照片 {n} 张",
    movedOn: "{who} 已于 {at} 执行“{act}”，请看最新情况后再决定",
    part: { host: "主办", assist: "协办" },
    count: { returns: "退单 {n} 次", reworks: "重办 {n} 次", reminders: "催办 {n} 次" },
    state: {
      waiting: "待签收", handling: "处置中", returned: "退单待审", sent_back: "退单驳回", disputed: "异议待复核", extension_asked: "延期待批", suspension_asked: "挂账待批",
      postponement_asked: "缓办待批", suspended: "已挂账", postponed: "缓办中", answered: "已反馈", finished: "已结案", withdrawn: "已收回",
    },
    act: {
      dispatch: "派给", sign: "签收", answer: "反馈", return: "退单", refuse_return: "驳回退单", object: "提出异议", uphold: "异议成立", overrule: "异议不成立", reassign: "改派单位",
      ask_extension: "申请延期", ask_suspension: "申请挂账", ask_postponement: "申请缓办", approve: "批准", refuse: "不批准", resume: "恢复处置", delegate: "分派承办人", take_back: "收回自办", remind: "催办", supervise: "督办",
      rework: "退回重办", withdraw: "收回", settle: "随案件办结", finish: "随案件结案", reopen: "随案件重开", merge: "并案办理", unmerge: "撤销并案",
    },
  },
};

export const problems = {
  "no-such-assignment": "没有这条承办任务，或属于其他单位",
  "assignment-moved-on": "已有人先处理，请看最新情况后再决定",
  "assignment-incomplete": "这一步还缺内容：时长、单位或督办级别",
  "already-assigned": "该单位已承办此案",
  "no-such-handler": "本单位没有这个人员或处置单位",
  "unit-at-work": "本单位派出的处置单位还在处置：先收回，或等它办完",
};
