/** Icons of lazy parts. */
import { icon } from './icons.tsx';

export const LockIcon = icon('M6 11h12v8.5H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3');
export const InviteIcon = icon(
  'M10 11.5a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.5M3.5 20c0-3.3 2.7-5.5 6.5-5.5 1.3 0 2.5.3 3.5.8M18 13.5v7M14.5 17h7',
);
export const DownIcon = icon('M12 5v14M5.5 12.5 12 19l6.5-6.5');
export const CloseIcon = icon('M6 6l12 12M18 6 6 18');
export const SettingsIcon = icon('M4 7h9M17 7h3M15 4.5v5M4 17h3M11 17h9M9 14.5v5');
export const GoToIcon = icon('M4 12h12M10.5 6.5 16 12l-5.5 5.5M20 5v14');
export const HelpIcon = icon('M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5v.01');
export const WireIcon = icon('M8.5 7 3.5 12l5 5M15.5 7l5 5-5 5');
export const MutedIcon = icon('M6 16.5V11a6 6 0 0 1 9-5.2M18 11v5.5M4 16.5h10M10 20.5h4M4 4l16 16');
export const IgnoreIcon = icon('M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16M6.5 6.5l11 11');
export const CopyIcon = icon('M9 9h10.5v10.5H9zM5.5 15H4.5V4.5H15v1');
export const CheckIcon = icon('M5 12.5 10 17.5 19.5 7');
export const QuoteIcon = icon('M5 5v14M9.5 8h10M9.5 12h10M9.5 16h6');
export const MoreIcon = icon('M5.5 12v.01M12 12v.01M18.5 12v.01');
export const OlderIcon = icon('M5.5 15 12 8.5l6.5 6.5');
export const NewerIcon = icon('M5.5 9 12 15.5 18.5 9');
export const PeopleIcon = icon(
  'M3 19.5c0-7 12-7 12 0M9 4.8a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 1 1 0-6.8M16.5 14.6c2.6.2 4.5 1.9 4.5 4.9M15.5 5.2a3.4 3.4 0 0 1 0 6.2',
);
