/** Style sheets of lazy parts. */

/**
 * Adopts a style sheet that came with the code that needs it: one cannot be there without the other, and the
 * Content-Security-Policy allows no inline one. Its rules are in the layers of styles/main.css.
 */
export function adoptStyles(css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets.push(sheet);
}
