/** The desk's words in English: those of the frame, and those of each workspace. */
import { common } from "./en/common";
import { acceptance, problems as ofAcceptance } from "./en/acceptance";
import { approvals } from "./en/approvals";
import { assignments, problems as ofAssignments } from "./en/assignments";
import { calls, problems as ofCalls } from "./en/calls";
import { cameras, problems as ofCameras } from "./en/cameras";
import { cases, problems as ofCases } from "./en/cases";
import { conference, problems as ofConference } from "./en/conference";
import { citizens, problems as ofCitizens } from "./en/citizens";
import { evaluation, problems as ofEvaluation } from "./en/evaluation";
import { exchange, problems as ofExchange } from "./en/exchange";
import { department, problems as ofDepartment } from "./en/department";
import { feeds, problems as ofFeeds } from "./en/feeds";
import { field, problems as ofField } from "./en/field";
import { incidents, problems as ofIncidents } from "./en/incidents";
import { knowledge, problems as ofKnowledge } from "./en/knowledge";
import { mode, problems as ofMode } from "./en/mode";
import { patches, problems as ofPatches } from "./en/patches";
import { plans, problems as ofPlans } from "./en/plans";
import { quality, problems as ofQuality } from "./en/quality";
import { reports, problems as ofReports } from "./en/reports";
import { settings, problems as ofSettings } from "./en/settings";
import { ties, problems as ofTies } from "./en/ties";
import { supervision, problems as ofSupervision } from "./en/supervision";
import { wallboard, problems as ofWallboard } from "./en/wallboard";
import { warnings, problems as ofWarnings } from "./en/warnings";
import type { Words } from "./zh";

export const en: Words = {
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
  ...settings,
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
