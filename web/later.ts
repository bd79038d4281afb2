/** What a working room does without: loaded as one when the room has been shown, or when something needs it. */
export { watchAttention } from './device/attention.ts';
export { linkPrivates } from './store/private-actions.ts';
export { knownNames } from './store/names.ts';
export { carryOut, isLocal } from './store/typed.ts';
export { parseTyped } from './text/commands.ts';
export { Announcer } from './views/announcer.tsx';
export { chooserOf } from './views/chooser.ts';
export { Empty } from './views/empty.tsx';
export { FocusKeeper } from './views/focus-keeper.tsx';
export { stepThrough } from './views/log-keys.ts';
export { LogSelection } from './views/log-selection.tsx';
export { People } from './views/people.tsx';
export { Toolbar } from './views/toolbar.tsx';
export { WriteTo } from './views/write-to.tsx';
export { Aside } from './views/asides.tsx';
export { AskPrivate, PrivateBar, Requests, stageInWords } from './views/private.tsx';
export { Proposals } from './views/proposals.tsx';
