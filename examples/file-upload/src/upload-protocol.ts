/**
 * Largest frame of a streamed upload, and largest piece of one that comes in messages; bytes. The page says the same, in `public/piecewise.js`.
 *
 * It bounds what one connection makes the server hold. Much smaller, and the work for each frame shows; much larger, and nothing gets faster.
 */
export const LARGEST_CHUNK = 262_144;
