export const mode = {
  mode: {
    heading: "运行模式",
    name: { peace: "平时", emergency: "应急", wartime: "战时" },
    since: "自 {at}，由 {who} 切换",
    about: "针对“{title}”，已归入 {n} 个来电",
    second: "第二人：{who}",
    unconfirmed: "等待第二人确认",
    overdue: "已超时，仍无第二人确认",
    roles: "您现在还可作为{roles}",
    switchTo: "切换为",
    choose: "请选择",
    hears: "来电人排队前会听到提示音“{prompt}”",
    hearsNothing: "来电人听到平常的问候",
    priority: {
      danger: "本号码有紧急案件的来电：优先 {n} 级",
      danger_near: "附近有紧急案件的来电：优先 {n} 级",
      repeat: "反复来电：优先 {n} 级",
      abandoned: "曾放弃的来电：优先 {n} 级",
    },
    lends: "{role}还可作为{roles}",
    why: "理由（会保存，请勿写姓名和号码）",
    whyHint: "例如：民益街道路塌陷",
    incident: "针对的突发事件",
    alone: "现在没有第二人：立即切换，事后由第二人确认",
    ask: "申请切换",
    now: "立即切换",
    waits: "申请 {n} 等待第二人批准",
    holds: "现在是{mode}模式（申请 {n}）",
    approvals: "由第二人在“设置 · 审批”中批准或确认",
    versions: "历次切换",
  },
};

export const problems = {
  "same-mode": "已经是这个模式",
  "second-person-first": "降低模式须由两人一起：请先申请",
  "mode-moved-on": "模式已被别人切换：请重新申请",
};
