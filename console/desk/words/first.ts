/** The desk's words in Chinese that come with the page: all but those of the settings, which come with their workspace. */
import { common } from "./zh/common";
import { acceptance, problems as ofAcceptance } from "./zh/acceptance";
import { approvals } from "./zh/approvals";
import { assignments, problems as ofAssignments } from "./zh/assignments";
import { calls, problems as ofCalls } from "./zh/calls";
import { cameras, problems as ofCameras } from "./zh/cameras";
import { cases, problems as ofCases } from "./zh/cases";
import { conference, problems as ofConference } from "./zh/conference";
import { citizens, problems as ofCitizens } from "./zh/citizens";
import { evaluation, problems as ofEvaluation } from "./zh/evaluation";
import { exchange, problems as ofExchange } from "./zh/exchange";
import { department, problems as ofDepartment } from "./zh/department";
import { feeds, problems as ofFeeds } from "./zh/feeds";
import { field, problems as ofField } from "./zh/field";
import { incidents, problems as ofIncidents } from "./zh/incidents";
import { knowledge, problems as ofKnowledge } from "./zh/knowledge";
import { mode, problems as ofMode } from "./zh/mode";
import { patches, problems as ofPatches } from "./zh/patches";
import { plans, problems as ofPlans } from "./zh/plans";
import { quality, problems as ofQuality } from "./zh/quality";
import { reports, problems as ofReports } from "./zh/reports";
import { problems as ofSettings } from "./zh/settings/problems";
import { wechat } from "./zh/settings/wechat";
import { ties, problems as ofTies } from "./zh/ties";
import { supervision, problems as ofSupervision } from "./zh/supervision";
import { wallboard, problems as ofWallboard } from "./zh/wallboard";
import { warnings, problems as ofWarnings } from "./zh/warnings";

export const first = {
  ...common,
  ...approvals,
  ...assignments,
  ...calls,
  ...cameras,
  ...cases,
  ...conference,
  ...citizens,
  ...department,
  ...feeds,
  ...field,
  ...incidents,
  ...mode,
  ...plans,
  ...supervision,
  ...acceptance,
  ...knowledge,
  ...patches,
  ...quality,
  ...reports,
  ...evaluation,
  ...exchange,
  /** A person binds WeChat for himself in his account. */
  settings: { wechat },
  ...wallboard,
  ...warnings,
  ...ties,
  problem: {
    ...common.problem,
    ...ofAssignments,
    ...ofCalls,
    ...ofCameras,
    ...ofCases,
    ...ofConference,
    ...ofCitizens,
    ...ofDepartment,
    ...ofFeeds,
    ...ofField,
    ...ofIncidents,
    ...ofMode,
    ...ofPlans,
    ...ofSupervision,
    ...ofAcceptance,
    ...ofKnowledge,
    ...ofPatches,
    ...ofQuality,
    ...ofReports,
    ...ofEvaluation,
    ...ofExchange,
    ...ofSettings,
    ...ofWallboard,
    ...ofWarnings,
    ...ofTies,
  },
};
