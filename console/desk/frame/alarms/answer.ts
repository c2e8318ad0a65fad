/** To answer an emergency by name. */
import { post } from "@shared/http";
import { opId } from "@shared/ids";

export const acknowledge = (alarm_id: string) => post("/emergencies/{alarm_id}/acknowledge", { alarm_id }, { op_id: opId() });
