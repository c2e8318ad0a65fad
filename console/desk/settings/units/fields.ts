/** The fields of a unit as one types them, and as they are sent. */
import type { ChangeUnitRequest, ShiftView, UnitView } from "@shared/contracts/field";

/** Lists as lines: `李明、王芳`. */
export interface UnitForm {
  name: string;
  crew: string;
  aliases: string;
  addresses: string;
  vehicle: string;
  department: string;
  skills: string;
  starts: string;
  ends: string;
}

export const FIELDS = ["name", "crew", "aliases", "addresses", "vehicle", "department", "skills", "starts", "ends"] as const;

export const items = (text: string): string[] =>
  text
    .split(/[,，、;；\n]+/)
    .map((one) => one.trim())
    .filter(Boolean);

/** For a field of this machine's zone. */
function local(iso: string): string {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export const nothing = (): UnitForm => ({ name: "", crew: "", aliases: "", addresses: "", vehicle: "", department: "", skills: "", starts: "", ends: "" });

export const formOf = (unit: UnitView): UnitForm => ({
  name: unit.name,
  crew: unit.crew.join("、"),
  aliases: unit.aliases.join("、"),
  addresses: unit.addresses.join("、"),
  vehicle: unit.vehicle,
  department: unit.department ?? "",
  skills: unit.skills.join("、"),
  starts: unit.shift ? local(unit.shift.starts_at) : "",
  ends: unit.shift ? local(unit.shift.ends_at) : "",
});

/** Both ends or neither. */
export const shiftIsWhole = (form: UnitForm): boolean => (form.starts === "") === (form.ends === "") && (form.starts === "" || form.starts < form.ends);

const shiftOf = (form: UnitForm): ShiftView | null =>
  form.starts === "" ? null : { starts_at: new Date(form.starts).toISOString(), ends_at: new Date(form.ends).toISOString() };

/** Only what differs: what another person changes meanwhile stays. */
export function changeOf(before: UnitForm, after: UnitForm): Omit<ChangeUnitRequest, "op_id"> {
  const change: Omit<ChangeUnitRequest, "op_id"> = {};
  if (after.name.trim() !== before.name) change.name = after.name.trim();
  if (after.vehicle.trim() !== before.vehicle) change.vehicle = after.vehicle.trim();
  if (after.department !== before.department) change.department = after.department;
  for (const name of ["crew", "aliases", "addresses", "skills"] as const) {
    if (items(after[name]).join("\n") !== items(before[name]).join("\n")) change[name] = items(after[name]);
  }
  if (after.starts !== before.starts || after.ends !== before.ends) change.shift = shiftOf(after);
  return change;
}

/** `姓名 李明` for each word of the form, so that two forms can be compared. */
export const facts = (form: UnitForm, label: (field: keyof UnitForm) => string): string[] =>
  FIELDS.flatMap((field) => {
    const many = field === "crew" || field === "aliases" || field === "addresses" || field === "skills";
    const values = many ? items(form[field]) : [form[field].trim()].filter(Boolean);
    return values.map((value) => `${label(field)} ${value.replace("T", " ")}`);
  });
