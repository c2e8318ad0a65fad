export const wallboard = {
};

export const problems = {};
