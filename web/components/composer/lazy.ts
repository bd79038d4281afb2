/** The lazy parts of writing: what is more than plain text. */
export { knownNames } from '../../selectors/names.ts';
export { carryOut, isLocal } from '../../state/typed.ts';
export { parseTyped } from '../../text/slash-commands.ts';
export { chooserOf } from './chooser.ts';
export { Proposals } from './proposals.tsx';
export { recall } from './recall.ts';
