export const files = () => ({});
