/** The lazy parts of the frame around everything. */
export { ConversationMenu } from './conversation-menu.tsx';
export { FocusReturn } from './focus-return.tsx';
export { PaneLevel } from './pane-level.tsx';
export { Shortcuts } from './shortcuts.ts';
export { Unsaved } from './unsaved.tsx';
