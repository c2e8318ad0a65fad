/** What the floor says and hears on MQTT, read from any bytes (docs/asyncapi.yaml: `unit.grant/1`, `tg.state/1`). */
import type * as wire from "@shared/contracts/radio_bridge";

/** What became of the request `of`. Times are seconds. */
export type Grant = Pick<
  wire.GrantMessage,
  "talkgroup" | "of" | "result" | "token" | "limit_s" | "alive_every_s" | "dead_key_s" | "position"
> & {
  cause: string;
  /** Whether the switch has heard this talk; null where nobody says so. */
  heard?: boolean | null;
};

/** Who talks. `party` is a unit's name; whoever talks from a desk is `dispatch`, a line `phone`. */
export type Talker = Pick<wire.TalkerBody, "party" | "name" | "emergency">;

/** The floor of one talkgroup as everybody sees it. */
export type GroupState = Pick<wire.GroupState, "stage" | "waiting"> & { talker: Talker | null };

/** The way into a talkgroup's conference; without a `ticket`, `cause` says why there is none. */
export type Ticket = Pick<wire.VoiceTicket, "talkgroup" | "of" | "ticket" | "ws_url" | "user" | "password"> & { cause: string };

const MOST_BYTES = 65_536;
const RESULTS = ["granted", "queued", "denied", "revoked", "released"] as const satisfies readonly wire.GrantMessage["result"][];
const STAGES = ["idle", "requested", "taken", "hang"] as const satisfies readonly wire.GroupState["stage"][];

/** Null for what is no grant. */
export function grantOf(payload: Uint8Array): Grant | null {
  const said = objectOf(payload);
  const result = RESULTS.find((one) => one === said?.result);
  if (said === null || result === undefined || typeof said.talkgroup !== "string") return null;
  return {
    talkgroup: said.talkgroup,
    of: typeof said.of === "string" ? said.of : null,
    result,
    cause: text(said.cause),
    token: text(said.token),
    limit_s: positive(said.limit_s),
    alive_every_s: positive(said.alive_every_s),
    dead_key_s: positive(said.dead_key_s),
    position: positive(said.position),
  };
}

/** Null for what is no state, and for a group that is no more (an empty message). */
export function stateOf(payload: Uint8Array): GroupState | null {
  const said = objectOf(payload);
  const stage = STAGES.find((one) => one === said?.stage);
  if (said === null || stage === undefined) return null;
  return { stage, talker: talkerOf(said.talker), waiting: positive(said.waiting) ?? 0 };
}

/** Null for what is no answer about a way into a conference. */
export function ticketOf(payload: Uint8Array): Ticket | null {
  const said = objectOf(payload);
  if (said === null || typeof said.talkgroup !== "string" || typeof said.of !== "string") return null;
  const { talkgroup, of } = said;
  const ticket = { cause: text(said.cause), ticket: text(said.ticket), ws_url: text(said.ws_url), user: text(said.user), password: text(said.password) };
  const opens = ticket.ticket !== "" && ticket.ws_url !== "" && ticket.user !== "";
  return opens || ticket.cause !== "" ? { talkgroup, of, ...ticket } : null;
}

/** `floor/state`: whether anybody keeps the floors. */
export const keepsFloors = (payload: Uint8Array): boolean => objectOf(payload)?.online === true;

function talkerOf(said: unknown): Talker | null {
  if (!isObject(said) || typeof said.party !== "string") return null;
  return { party: said.party, name: text(said.name), emergency: said.emergency === true };
}

function objectOf(payload: Uint8Array): Record<string, unknown> | null {
  if (payload.length === 0 || payload.length > MOST_BYTES) return null;
  try {
    const said: unknown = JSON.parse(new TextDecoder().decode(payload));
    return isObject(said) ? said : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const positive = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) && value > 0 ? value : null);
