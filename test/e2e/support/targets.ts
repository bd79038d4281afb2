/** Sizes of what is touched. */
import type { Page } from 'playwright';

/**
 * Controls in sight whose target is smaller than 44 by 44 px (WCAG 2.5.5), measured by what a touch would hit. Links
 * within a text are as high as their line.
 */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    // What slides in is where it is touched when it has come to rest.
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
    const controls = 'button, input, textarea, select, [role=option], summary';
    const modal = document.querySelector('dialog[open]');
    return [...document.querySelectorAll<HTMLElement>(controls)].flatMap((control) => {
      if (!control.checkVisibility({ visibilityProperty: true }) || control.closest('[inert]')) return [];
      if (modal && !modal.contains(control)) return [];
      const label = control.closest('label');
      const { left, right, top, bottom } = (label ?? control).getBoundingClientRect();
      // Nor is what a dialog that scrolls shows a part of: the rest is one stroke away.
      const port = modal?.getBoundingClientRect();
      if (port && (top < port.top || bottom > port.bottom)) return [];
      const [x, y] = [(left + right) / 2, (top + bottom) / 2];
      const isHit = (dx: number, dy: number) => {
        const hit = document.elementFromPoint(x + dx, y + dy);
        return hit !== null && (control.contains(hit) || label?.contains(hit) === true);
      };
      // What is scrolled out of sight, or has something over it, is not what is touched.
      if (!isHit(0, 0)) return [];
      const [width, height] = [
        [1, 0],
        [0, 1],
      ].map(([ax, ay]) => {
        let reach = 0;
        for (const sign of [1, -1])
          for (let far = 0; far < 44 && isHit(sign * far * ax!, sign * far * ay!); far++) reach++;
        return reach;
      });
      const name = control.getAttribute('aria-label') ?? control.textContent.trim();
      return width! >= 43 && height! >= 43
        ? []
        : [`${control.tagName.toLowerCase()}.${control.className} ${name}: ${width} x ${height}`];
    });
  });
}
