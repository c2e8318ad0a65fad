export const knowledge = {
};

export const problems = {};
