export const ties = {
  ties: {
    heading: "相关案件",
    survivor: "已并入，后续办理见",
    merged: "已并入本案",
    relation: {
      cause: { forward: "引发", back: "起因" },
      same_place: { forward: "同一地点", back: "同一地点" },
      follows: { forward: "前案", back: "后续" },
      split: { forward: "拆自", back: "拆出" },
    },
    kind: "关系",
    kinds: { cause: "本案引发另一案件", same_place: "同一地点", follows: "本案是另一案件的后续" },
    act: { merge: "并入其他案件…", split: "拆分…", relate: "关联案件…", unmerge: "撤销并案…", unrelate: "解除关联" },
    hint: {
      merge: "选定的案件继续办理，两案上报人都会收到后续通知；本案停止计时，可撤销。",
      unmerge: "本案恢复为并案前的样子，继续计时。",
      split: "为另一问题单独立案，有自己的编号、时限和部门。",
      relate: "两案互相可见，办理各自进行。",
      unrelate: "两案不再互相显示。",
    },
    which: "另一案件",
    whichHint: "编号、短号或描述",
    noneNear: "附近没有其他案件，请按编号或描述查找",
    reason: "原因",
    mergeInto: "并入 {number}",
    samePlaceHint: "不填地址则与本案相同。",
    splitDone: "已拆出新案件，见“相关案件”",
    call: "来电 {n} 也涉及此问题",
    report: "市民上报 {n} 也涉及此问题",
    afterFiling: "立案后并入 {number}",
    mergeReason: "立案时发现为同一问题",
  },
};

export const problems = {
  "case-moved-on": "该案件刚有变动，请看过后再操作",
  "case-merged": "该案件已并入其他案件，请到继续办理的案件上操作",
  "case-not-merged": "该案件没有并入其他案件",
  "closing-condition-missing": "结案须选择达到的结案条件",
  "no-such-closing-condition": "该类别没有这个结案条件",
  "no-such-relation": "两案没有这种关联",
};
