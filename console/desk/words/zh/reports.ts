export const reports = {
};

export const problems = {};
