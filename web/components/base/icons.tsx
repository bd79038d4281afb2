/** Small line icons. Decorative: what holds them has a name. */
export const icon = (path: string) => () => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={path} />
  </svg>
);

export const BackIcon = icon('M14.5 5.5 8 12l6.5 6.5');
export const SendIcon = icon('M12 19.5V5M5.5 11.5 12 5l6.5 6.5');
export const PeopleIcon = icon(
  'M3 19.5c0-7 12-7 12 0M9 4.8a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 1 1 0-6.8M16.5 14.6c2.6.2 4.5 1.9 4.5 4.9M15.5 5.2a3.4 3.4 0 0 1 0 6.2',
);
export const LightIcon = icon(
  'M12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1 1M17.4 17.4l1 1M5.6 18.4l1-1M17.4 6.6l1-1',
);
export const DarkIcon = icon('M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10');
export const SystemIcon = icon('M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16M12 4v16M12 8h6.5M12 12h8M12 16h6.5');
export const DownIcon = icon('M12 5v14M5.5 12.5 12 19l6.5-6.5');
