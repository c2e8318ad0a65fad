import type { knowledge as zh, problems as zhProblems } from "../zh/knowledge";

export const knowledge: typeof zh = {
};

export const problems: typeof zhProblems = {};
