/** Small line icons. Decorative: what holds them has a name. */
export const icon = (path: string) => () => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={path} />
  </svg>
);

export const BackIcon = icon('M14.5 5.5 8 12l6.5 6.5');
export const SendIcon = icon('M12 19.5V5M5.5 11.5 12 5l6.5 6.5');
