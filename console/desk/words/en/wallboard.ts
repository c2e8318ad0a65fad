import type { wallboard as zh, problems as zhProblems } from "../zh/wallboard";

export const wallboard: typeof zh = {
};

export const problems: typeof zhProblems = {};
