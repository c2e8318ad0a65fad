export const wallboard = {
  wallboard: {
    alarms: "未解除的紧急报警",
    act: "请处置",
    reports: "等待领取的上报",
    oldest: "最早 {t}",
    units: "在处置的作业单元",
    online: "在线 {n}",
    nobody: "没有坐席签入",
    age: "数据 {s} 秒前",
  },
};

export const problems = {};
