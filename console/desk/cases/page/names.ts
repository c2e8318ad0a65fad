/** Who did something, in words: a person, a unit (`unit:app:17`), a department (`department:drainage`), a part of the service (`system:dispatch`). */
import { useI18n } from "vue-i18n";
import { departmentName, departments, loadDepartments } from "../departments";
import { desk, session } from "../../live/desk";

export function useNames(): { nameOf: (id: string) => string; unitName: (id: string) => string } {
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
  return { nameOf, unitName };
}
