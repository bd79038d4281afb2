/** Flow control of this page's private connections: their windows grow, under one budget. */
import { ByteBudget } from '../../shared/stream/byte-budget.ts';
import { FlowWindow } from '../../shared/stream/flow-window.ts';

/** Bytes of the first window, as that of the page's main connection. */
const FIRST_WINDOW = 256 * 1024;
/** Bytes that all of them together may keep for the server, and hold for the page. */
const budget = new ByteBudget(32 * 1024 * 1024);

export const privateFlow = (): FlowWindow => new FlowWindow(FIRST_WINDOW, budget);
