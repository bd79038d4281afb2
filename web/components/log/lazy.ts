/** The lazy parts of the log. */
export { splitLinks } from '../../text/links.ts';
export { Announcer } from './announcer.tsx';
export { Aside } from './asides.tsx';
export { Empty } from './empty.tsx';
export { stepThrough } from './log-keys.ts';
export { LogSelection } from './log-selection.tsx';
