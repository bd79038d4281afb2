/** Asks the open log to show its search: from a menu elsewhere on the page. */
export const findRequest: { listener: (() => void) | null } = { listener: null };
