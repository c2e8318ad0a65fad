export const cameras = {
  cameras: {
    heading: "Cameras near here",
    none: "No camera sees this place",
    invented: "The position of the case is invented: these cameras are a hint only",
    away: "{metres} m",
    look: "Look",
    lookBy: "Look: {camera}",
    asking: "Looking…",
    taken: "Taken and put on the case: {camera}",
    show: "Show {camera} {time} {who}",
    hide: "Hide {camera} {time} {who}",
    alt: "Taken by camera {camera} at {time}",
    by: "camera {code}",
    noPicture: "The camera gives no picture: {why}",
    kind: { fixed: "fixed", ptz: "PTZ" },
    state: { up: "up", away: "away", unknown: "not asked yet" },
    why: {
      "no-address": "no address is registered",
      "not-allowed": "its address is outside of the allowed networks",
      away: "it cannot be reached",
      slow: "it did not answer in time",
      unauthorised: "it does not accept our user or password",
      redirects: "it sends us to another address, which is not followed",
      "too-large": "its picture is too large",
      refused: "it refused the request",
      broken: "what it sends cannot be read",
      codec: "it sends neither H.264 nor H.265",
      "no-decoder": "the centre has no ffmpeg",
    },
  },
};

export const problems = {
  "no-such-camera": "There is no such camera, or it is not for you",
  "no-such-snapshot": "There is no such picture",
  "cameras-busy": "Too many pictures are being taken: try again in a moment",
  "no-picture-from-camera": "The camera gives no picture",
};
