export const supervision = {
};

export const problems = {};
