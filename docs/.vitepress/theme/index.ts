import theme from "vitepress/theme-without-fonts";
import "./style.css";

/** VitePress's own theme with the fonts of the reader's system, and a style for the start page and the names of files. */
export default theme;
