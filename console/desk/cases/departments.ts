/** The departments of the city, asked for once. */
import { ref } from "vue";
import type { DepartmentRow, ResponsibleDepartmentView } from "@shared/contracts/cases";
import { get, Refused } from "@shared/http";
import { after } from "../live/pulse";

export const departments = ref<readonly DepartmentRow[]>([]);
let asked = false;

export async function loadDepartments(): Promise<void> {
  if (asked) return;
  asked = true;
  try {
    departments.value = (await get("/departments")).departments;
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    asked = false;
    after(5000, () => void loadDepartments());
  }
}

export const departmentName = (one: Pick<ResponsibleDepartmentView, "name_zh" | "name_en">, locale: string): string => (locale === "zh" ? one.name_zh : one.name_en);
