export const statuses = {
  hint: "终端、电台和短信说的哪个代码，算任务的哪一步。",
  rules: "条数",
  text: "一行一条：网络（* 为任何）、种类（status、button、text、dtmf）、代码、步骤",
  steps: "步骤：{steps}",
  step: { delivered: "已送达", displayed: "已显示", accepted: "接受", declined: "拒绝", on_the_way: "在途", arrived: "到场", done: "完成", returned: "退回" },
  wrong: "这些行不成一条：{lines}",
  store: "存为新版",
  stored: "已存入新版，尚未启用",
  activateEffect: "立即用{next}代替{now}，对此后收到的状态有效；可以再启用旧版",
  activated: "已启用{version}",
};
