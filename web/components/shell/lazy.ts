/** The lazy parts of the frame around everything. */
export { ConversationMenu, IgnoredBanner } from './conversation-menu.tsx';
export { About } from './about.tsx';
export { Announcer } from './announcer.tsx';
export { Elsewhere } from './elsewhere.tsx';
export { FocusReturn } from './focus-return.tsx';
export { BannerEnd, LinkBanner, Unsaved } from '../log/link-banner.tsx';
export { JoinMore, NameBytes } from './join-more.tsx';
export { NoticeBanner } from './notice-banner.tsx';
export { PaneLevel } from './pane-level.tsx';
export { Shortcuts } from './shortcuts.ts';
