export const bars = {};
