import type { supervision as zh, problems as zhProblems } from "../zh/supervision";

export const supervision: typeof zh = {
};

export const problems: typeof zhProblems = {};
