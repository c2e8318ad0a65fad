/** The end of the person's work here: out of the queue, out of the session, and to the first page. */
import { useRouter } from "vue-router";
import { post } from "@shared/http";
import { desk, session } from "../live/desk";
import { stopPhone } from "../phone/softphone";
import { leave } from "../session/leave";
import { tell, useReasons } from "./notices";
import { has, myId } from "./roles";

export function useSignOut(): () => Promise<void> {
  const router = useRouter();
  const why = useReasons();
  return async () => {
    const state = desk.agents[myId.value]?.state;
    try {
      if (has("agent") && state !== undefined && state !== "signed_out") await post("/agents/me/sign-out");
      await leave();
    } catch (problem) {
      tell(why(problem));
      return;
    }
    stopPhone();
    session.value = null;
    void router.replace({ name: "home" });
  };
}
