/**
 * Events at which the page may be about to be left, and writes what the page after it needs to the tab's own storage. Phones
 * have `pagehide` alone. When another site follows, Firefox loses what is written then, since we have a
 * Cross-Origin-Opener-Policy: it has changed the tab by that time. `beforeunload` comes before, and the page may stay after all.
 */
export const LEAVING = ['beforeunload', 'pagehide'] as const;
