export const acceptance = {
  acceptance: {
    heading: "等待核查的案件",
    none: "没有等待核查的案件",
    note: "核查结果，能读给市民听",
    close: "核查通过并结案",
    closed: "{number} 已结案",
    refused: "未能结案：{why}",
    needNote: "请先写核查结果",
  },
};

export const problems = {};
