export const prompts = {
  language: "语言",
  name: "名称",
  playedBy: "由这些流程播放",
  missing: "没有声音",
  listen: "试听 {name}",
  seconds: "{s} 秒",
  file: "新的录音文件",
  listenFile: "试听选中的文件",
  upload: "上传为新版本",
  uploaded: "已上传为版本 {n}（{s} 秒）：试听后再启用",
  uploadHint: "任何常见的声音格式，自动转换为电话音质并统一音量。文字转语音在工作站上用 scripts/render-prompts 完成，试听后在这里上传。",
};
