/** Number and code of own reports, kept on this device only where the person wants it. */
import { forget, keep, kept } from "@shared/kept";
import { uuid7 } from "@shared/ids";

export interface OwnReport {
  number: string;
  code: string;
}

/** The report that a link of an e-mail opens: `#follow=R20261201-00001,abcdefghjk`. */
export function linkOf(hash: string): OwnReport | null {
  const found = /^#follow=(R[0-9]{8}-[0-9]{1,9}),([a-z0-9]{6,16})$/.exec(hash);
  return found ? { number: found[1]!, code: found[2]! } : null;
}

const KEY = "songhua.citizen.reports";
const DEVICE = "songhua.citizen.device";
const MOST = 50;

export function ownReports(): OwnReport[] {
  try {
    const found: unknown = JSON.parse(kept("machine", KEY) ?? "[]");
    return Array.isArray(found) ? found.filter(isOwn).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function keepReport(report: OwnReport): void {
  const others = ownReports().filter((one) => one.number !== report.number);
  keep("machine", KEY, JSON.stringify([{ number: report.number, code: report.code }, ...others].slice(0, MOST)));
}

export function dropReport(number: string): void {
  const left = ownReports().filter((one) => one.number !== number);
  if (left.length) keep("machine", KEY, JSON.stringify(left));
  else forget("machine", KEY);
}

/** An id of this device for "me too" alone: made when it is said first. */
export function deviceId(): string {
  const known = kept("machine", DEVICE);
  if (known && /^[0-9a-f-]{36}$/.test(known)) return known;
  const made = uuid7();
  keep("machine", DEVICE, made);
  return made;
}

const isOwn = (one: unknown): one is OwnReport =>
  typeof one === "object" && one !== null && typeof (one as OwnReport).number === "string" && typeof (one as OwnReport).code === "string";
