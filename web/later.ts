/** What a working room does without: loaded as one when the room has been shown, or when something needs it. */
export { watchAttention } from './device/attention.ts';
export { linkPrivates } from './store/private-actions.ts';
export { knownNames } from './store/names.ts';
export { carryOut, isLocal } from './store/typed.ts';
export { parseTyped } from './text/commands.ts';
export { chooserOf } from './views/chooser.ts';
export { FocusKeeper } from './views/focus-keeper.tsx';
export { stepThrough } from './views/log-keys.ts';
export { People } from './views/people.tsx';
export { Aside, AskPrivate, PrivateBar, Requests, stageInWords } from './views/private.tsx';
export { Proposals } from './views/proposals.tsx';
export { Unsaved } from './views/unsaved.tsx';
