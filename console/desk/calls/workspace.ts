/** Calls: the call in hand, what is said in it, and its draft. */
import type { Workspace } from "../frame/workspace";
import { digitsOf, isMeant } from "../frame/command/matching";
import { desk } from "../live/desk";

const page = () => import("./CallsWorkspace.vue");

export const calls: Workspace = {
  name: "calls",
  roles: ["agent", "supervisor"],
  icon: "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1.5 1.5 0 0 1-1.6 1.5A16 16 0 0 1 3.5 5.6 1.5 1.5 0 0 1 5 4z",
  routes: [
    { path: "/calls", name: "calls", component: page },
    { path: "/calls/:callId", name: "call", component: page },
  ],
  find: (words) =>
    Object.values(desk.calls)
      .filter((call) => isMeant(digitsOf(words) || words, call.caller, call.caller_name))
      .map((call) => ({
        id: call.call_id,
        label: call.caller || call.caller_name,
        detail: desk.agents[call.agent_ids[0] ?? ""]?.name,
        to: { name: "call", params: { callId: call.call_id } },
      })),
  waiting: () => Object.values(desk.queues).reduce((sum, queue) => sum + (queue.waiting || 0), 0),
};
