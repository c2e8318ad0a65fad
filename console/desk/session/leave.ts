/** The end of the own session; where the OpenID provider has opened it, the browser goes there to end its own. */
import { remove } from "@shared/http";

export async function leave(): Promise<void> {
  const said = await remove("/session");
  if (said) location.assign(said.sign_out_at);
}
