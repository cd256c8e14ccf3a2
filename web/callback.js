/** Loaded by the page to which Google leads back. It works as a module and as a classic script, hence the dynamic import. */
void import("./js/connect/callback-page.js");
