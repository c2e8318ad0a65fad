export const exchange = {
  exchange: {
    title: "表单送达",
    hint: "发给不使用坐席台的部门的表单。未送达的会自动重试；期限已过或被拒收的，可以在此以同一编号重发。谁以何种方式接收，见“表单交换”。",
    counts: "待送达 {waiting}，已停止 {dead}",
    which: "状态",
    every: "全部",
    department: "部门",
    at: "时间",
    case: "案卷",
    form: "表单",
    stateOf: "送达情况",
    tries: "{n} 次",
    next: "下次：{at}",
    again: "重发",
    againOf: "重发：{what}",
    queued: "已排队重发",
    none: "没有这样的表单",
    more: "更多",
    reload: "刷新",
    earlier: "更早的表单（{n}）",
    error: {
      timeout: "没有按时应答", unreachable: "无法连接", "ca-file": "[webhooks] ca_file 无法读取", certificate: "证书不可信", tls: "TLS 连接失败", "no-http": "应答不是 HTTP", "no-address": "域名没有地址",
      "address-private": "地址不是公网地址，也不在 [webhooks] private_networks 中", "needs-tls": "公网地址须用 https", "too-big": "表单过大", "no-key": "未设置 [webhooks] signing_key",
      "no-mail-server": "未设置 [mail]", "mail-away": "邮件服务器暂不接收", "mail-refused": "邮件服务器拒收", "at-desk": "该部门已改用坐席台", late: "期限内未被接收",
    },
    acts: {
      filed: "立案", done: "办结", close: "结案", cancel: "撤销", reopen: "重办", reopen_closed: "重开", merge: "并案", unmerge: "撤销并案", decline_duplicate: "不立案：重复", decline_not_ours: "不立案：不属职责", decline_unclear: "不立案：不清楚", decline_no_report: "不立案：非投诉",
    },
    order: "12345工单 {n}",
    way: { desk: "坐席台", mail: "电子邮件", webhook: "部门系统" },
    state: { waiting: "待送达", delivered: "已送达", dead: "已停止" },
    name: {
      problem_registration: "问题登记单", verification_request: "核实单", verification_feedback: "反馈单", case_filing: "立案单",
      task_assignment: "任务分派单", task_feedback: "任务反馈单", result_check: "结果核查单", result_feedback: "结果反馈单",
    },
  },
};

export const problems = {
  "no-such-delivery": "没有这份表单",
  "order-dates-wrong": "工单的日期不可能正确",
  "delivery-under-way": "表单仍在送达中",
  "receives-no-forms": "该部门使用坐席台，不接收表单",
};
