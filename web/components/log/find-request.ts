/** Asks the open log to show its search, by the event `find`: from a menu elsewhere on the page. */
export const findRequest = new EventTarget();
