/** What a crew may say about a job, and what every message has. */
import type { Acknowledgement, Command, StatusMessage } from "@shared/contracts/field";

export type AckStep = Acknowledgement["step"];
export type StatusStep = StatusMessage["step"];
export type UnitStep = AckStep | StatusStep;

/** `seq` rises by one with each message of one sender. */
export type Payload = Pick<Command, "msg_id" | "seq" | "ts" | "schema">;
