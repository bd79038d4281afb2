/** The lazy parts of writing: what is more than plain text. */
export { Drops } from './drops.tsx';
export { canBeDone, parseTyped, runSlashCommand } from '../../state/slash-commands.ts';
export { chooserOf, namesMeant } from './chooser.ts';
export { Proposals } from './proposals.tsx';
export { recall } from './recall.ts';
export { SplitOffer } from './split-offer.tsx';
export { Note } from './note.tsx';
