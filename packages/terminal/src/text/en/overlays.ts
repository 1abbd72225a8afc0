export const overlays = {};
