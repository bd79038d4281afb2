/** The lazy parts of the frame around everything. */
export { FocusKeeper } from './focus-keeper.tsx';
export { Shortcuts } from './shortcuts.ts';
export { Unsaved } from './unsaved.tsx';
