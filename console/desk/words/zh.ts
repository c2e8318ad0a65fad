/** The desk's words in Chinese: those of the frame, and those of each workspace. */
import { common } from "./zh/common";
import { acceptance, problems as ofAcceptance } from "./zh/acceptance";
import { assignments, problems as ofAssignments } from "./zh/assignments";
import { calls, problems as ofCalls } from "./zh/calls";
import { cases, problems as ofCases } from "./zh/cases";
import { department, problems as ofDepartment } from "./zh/department";
import { field, problems as ofField } from "./zh/field";
import { incidents, problems as ofIncidents } from "./zh/incidents";
import { knowledge, problems as ofKnowledge } from "./zh/knowledge";
import { quality, problems as ofQuality } from "./zh/quality";
import { reports, problems as ofReports } from "./zh/reports";
import { settings, problems as ofSettings } from "./zh/settings";
import { supervision, problems as ofSupervision } from "./zh/supervision";
import { wallboard, problems as ofWallboard } from "./zh/wallboard";

export const zh = {
  ...common,
  ...assignments,
  ...calls,
  ...cases,
  ...department,
  ...field,
  ...incidents,
  ...supervision,
  ...acceptance,
  ...knowledge,
  ...quality,
  ...reports,
  ...settings,
  ...wallboard,
  problem: {
    ...common.problem,
    ...ofAssignments,
    ...ofCalls,
    ...ofCases,
    ...ofDepartment,
    ...ofField,
    ...ofIncidents,
    ...ofSupervision,
    ...ofAcceptance,
    ...ofKnowledge,
    ...ofQuality,
    ...ofReports,
    ...ofSettings,
    ...ofWallboard,
  },
};

export type Words = typeof zh;
