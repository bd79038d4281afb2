/** The lazy parts of the log. */
export { Aside } from './asides.tsx';
export { Day } from './day.tsx';
export { Empty } from './empty.tsx';
export { DeliveryMark, Fate } from './fate.tsx';
export { Formatted } from './formatted.tsx';
export { stepThrough } from './log-keys.ts';
export { keptPlace, LogTools } from './log-tools.tsx';
