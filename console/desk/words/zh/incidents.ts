export const incidents = {
  incident: {
    heading: "突发事件",
    none: "没有进行中的突发事件",
    of: "突发事件：{title}",
    calls: "已归入 {n} 个来电",
    take: "属于该事件",
    suggested: "很可能属于该事件",
    taken: "本通话已归入，查询码 {code}",
    undo: "撤销归入",
    refused: "没有执行（{why}）",
    begin: "发起突发事件",
    title: "事件名称",
    words: "告知坐席的内容（原因、范围、预计恢复时间）",
    prompt: "对排队来电播放",
    promptHint: "播放的是已有的语音提示。需要新的内容时，请先在“设置 · 提示音”上传录音。",
    silent: "不播放",
    start: "发起",
    startAndPlay: "发起并播放",
    play: "播放",
    played: "正在向 {n} 个排队来电播放；之后排队的来电也会听到一次",
    notPlayed: "交换机暂时联系不上：恢复后播放",
    end: "结束事件",
    endEffect: "不再播放，也不再提示坐席归入；主案件继续办理。",
    since: "{at} 由 {who} 发起",
  },
};

export const problems = {
  "no-such-incident": "没有这个突发事件",
  "incident-over": "该突发事件已结束",
  "too-many-incidents": "进行中的突发事件过多，请先结束一个",
  "no-such-prompt": "没有这个语音提示",
};
