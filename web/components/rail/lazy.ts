/** The lazy parts of the list of conversations. */
export { askToLeave, Confirmation } from './confirmation.tsx';
export { UnreadElsewhere } from './conversation-item.tsx';
export { ConversationList } from './conversation-list.tsx';
export { Toolbar } from '../base/panel-buttons.tsx';
