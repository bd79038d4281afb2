/** The lazy parts of the log. */
export { splitLinks } from '../../text/links.ts';
export { Aside } from './asides.tsx';
export { Day } from './day.tsx';
export { Empty } from './empty.tsx';
export { Fate } from './fate.tsx';
export { stepThrough } from './log-keys.ts';
export { LogSelection } from './log-selection.tsx';
