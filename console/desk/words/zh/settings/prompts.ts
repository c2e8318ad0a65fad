export const prompts = {
  language: "语言",
  name: "名称",
  playedBy: "由这些流程播放",
  missing: "没有声音",
  listen: "试听 {name}",
  seconds: "{s} 秒",
};
