import type { reports as zh, problems as zhProblems } from "../zh/reports";

export const reports: typeof zh = {
};

export const problems: typeof zhProblems = {};
