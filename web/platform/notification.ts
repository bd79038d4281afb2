/** Notifications of the system: by the page itself, or by its service worker where a page may show none (Chrome on Android). */
import type { ConversationKey } from '../state/state.ts';
import { ownClientId } from './other-tabs.ts';

/** Notifications that the page itself has shown, by their tag. */
const shownByPage = new Map<string, Notification>();

/** Notification of a conversation. */
export interface Notice {
  readonly title: string;
  readonly body: string;
  readonly tag: ConversationKey;
  /** Fragment of the page's address that leads a new page to the conversation, once the person is in. */
  readonly place: string;
  /** True to alert again when it takes the place of an older one with its tag. */
  readonly renotify: boolean;
}

/** Data for the service worker at a click: it may have been ended and started again by then, and the page be gone. */
export interface NoticeData {
  readonly client: string | null;
  readonly place: string;
}

/**
 * Shows a notification, if the browser allows it. A click on it brings the page to the front, and calls `onClick`; on one of
 * the service worker it tells the page its `tag` (see {@link onNotificationClick}), or opens a new page at its `place`.
 */
export async function notify({ title, place, ...notice }: Notice, onClick: () => void): Promise<void> {
  if (!('Notification' in globalThis) || Notification.permission !== 'granted') return;
  const options = { ...notice, icon: './cat.svg' };
  try {
    const shown = new Notification(title, options);
    shownByPage.set(notice.tag, shown);
    shown.onclick = () => {
      focus();
      onClick();
      shown.close();
    };
  } catch {
    await notifyByWorker(title, options, place);
  }
}

async function notifyByWorker(title: string, options: NotificationOptions, place: string): Promise<void> {
  try {
    const registration = await navigator.serviceWorker.getRegistration();
    const data: NoticeData = { client: await ownClientId(), place };
    await registration?.showNotification(title, { ...options, data });
  } catch {
    // There is no worker over plain HTTP; there, the sound and the tab have to do.
  }
}

/** Takes back the notifications with these tags, whoever has shown them. */
export async function dismiss(tags: readonly ConversationKey[]): Promise<void> {
  for (const tag of tags) {
    shownByPage.get(tag)?.close();
    shownByPage.delete(tag);
  }
  try {
    const registration = await navigator.serviceWorker.getRegistration();
    for (const tag of tags)
      for (const shown of (await registration?.getNotifications({ tag })) ?? []) shown.close();
  } catch {
    // There is no worker over plain HTTP, nor anything it has shown.
  }
}

/** Calls back with the conversation whose notification, shown by the service worker, was clicked. */
export function onNotificationClick(open: (key: ConversationKey) => void): void {
  const { serviceWorker } = navigator as { readonly serviceWorker?: ServiceWorkerContainer };
  serviceWorker?.addEventListener('message', ({ data }: MessageEvent<ConversationKey>) => open(data));
  serviceWorker?.startMessages();
}
