import { sourcePages } from "../.vitepress/sources.js";

/** The pages of files of the repository that other pages link to. */
export default { paths: sourcePages };
