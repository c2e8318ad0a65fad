/** What went wrong, in the citizen's words. */
import { Refused } from "@shared/http";
import { useI18n } from "vue-i18n";

export function useTrouble(hotline: () => string): (problem: unknown) => string {
  const { t } = useI18n();
  return (problem) => {
    if (!(problem instanceof Refused)) return t("problem.other", { hotline: hotline() });
    const kind = problem.problem.type.split(":").pop() ?? "";
    if (problem.status === 0) return t("problem.unreachable");
    if (problem.status === 429) {
      const wait = typeof problem.problem.wait_s === "number" ? problem.problem.wait_s : 3600;
      return t("problem.limit", { minutes: Math.max(1, Math.ceil(wait / 60)), hotline: hotline() });
    }
    if (kind === "no-such-report") return t("problem.wrong");
    if (kind === "no-such-mail-key") return t("problem.badLink");
    if (kind === "report-ended") return t("problem.ended");
    if (kind === "report-invalid") return t("problem.invalid", { why: problem.problem.detail ?? "" });
    return t("problem.other", { hotline: hotline() });
  };
}
