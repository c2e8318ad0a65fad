export const cameras = {
  cameras: {
    heading: "附近摄像头",
    none: "没有摄像头能看到这个位置",
    invented: "案件位置为虚构，以下摄像头仅供参考",
    away: "{metres} 米",
    look: "抓拍",
    lookBy: "抓拍：{camera}",
    asking: "正在抓拍…",
    taken: "已抓拍并归入案件：{camera}",
    show: "查看 {camera} {time} {who}",
    hide: "收起 {camera} {time} {who}",
    alt: "摄像头 {camera} 于 {time} 抓拍",
    by: "摄像头 {code}",
    noPicture: "摄像头没有给出图像：{why}",
    kind: { fixed: "固定", ptz: "云台" },
    state: { up: "在线", away: "离线", unknown: "未检测" },
    why: {
      "no-address": "没有登记地址",
      "not-allowed": "地址不在允许的网段内",
      away: "连接不上",
      slow: "没有及时应答",
      unauthorised: "账号或密码不被接受",
      redirects: "转向别的地址，不予跟随",
      "too-large": "图像过大",
      refused: "拒绝了请求",
      broken: "数据无法识别",
      codec: "编码不是 H.264 或 H.265",
      "no-decoder": "中心没有安装 ffmpeg",
    },
  },
};

export const problems = {
  "no-such-camera": "没有这个摄像头，或您无权使用",
  "no-such-snapshot": "没有这张抓拍",
  "cameras-busy": "正在抓拍的太多，请稍候再试",
  "no-picture-from-camera": "摄像头没有给出图像",
};
