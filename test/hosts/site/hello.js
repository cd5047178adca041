// Served by Vite, as it is.
export const hello = "hello";
