/** Who did something, in words: a person, a unit (`unit:app:17`), a department (`department:drainage`), a camera (`camera:N1`), a part of the service (`system:dispatch`). */
import { useI18n } from "vue-i18n";
import type { PhotoView } from "@shared/contracts/field";
import { departmentName, departments, loadDepartments } from "../departments";
import { desk, session } from "../../live/desk";

type Made = Pick<PhotoView, "unit_id" | "department_id" | "camera_code">;

export function useNames(): { nameOf: (id: string) => string; unitName: (id: string) => string; makerOf: (photo: Made) => string } {
  const { t, locale } = useI18n();
  const unitName = (id: string): string => desk.units[id]?.name ?? id;
  function ofDepartment(id: string): string {
    void loadDepartments();
    const known = departments.value.find((one) => one.id === id);
    return known ? departmentName(known, locale.value) : id;
  }
  const personName = (id: string): string => (id === session.value?.user.id ? session.value.user.name : (desk.agents[id]?.name ?? id));
  function nameOf(id: string): string {
    if (id.startsWith("unit:")) return unitName(id.slice(5));
    if (id.startsWith("department:")) return ofDepartment(id.slice(11));
    if (id.startsWith("camera:")) return t("cameras.by", { code: id.slice(7) });
    if (id.startsWith("system:")) return t("timeline.service");
    return id.split(", ").map(personName).join("、");
  }
  /** Who brought a photo: a unit, a department, a camera. */
  const makerOf = (photo: Made): string => nameOf(photo.camera_code ? `camera:${photo.camera_code}` : photo.department_id ? `department:${photo.department_id}` : `unit:${photo.unit_id}`);
  return { nameOf, unitName, makerOf };
}
