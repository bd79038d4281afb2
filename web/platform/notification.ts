/** Notifications of the system: by the page itself, or by its service worker where a page may show none (Chrome on Android). */
import type { ConversationKey } from '../state/state.ts';
import { ownClientId } from './other-tabs.ts';

/** Notifications that the page itself has shown, by their tag. */
const shownByPage = new Map<string, Notification>();

/**
 * Shows a notification, if the browser allows it. A click on it brings the page to the front, and calls `onClick`; on one of
 * the service worker it tells the page its `tag` (see {@link onNotificationClick}).
 */
export function notify(
  title: string,
  options: NotificationOptions & { readonly tag: string },
  onClick: () => void,
): void {
  if (!('Notification' in globalThis) || Notification.permission !== 'granted') return;
  try {
    const shown = new Notification(title, options);
    shownByPage.set(options.tag, shown);
    shown.onclick = () => {
      focus();
      onClick();
      shown.close();
    };
  } catch {
    void notifyByWorker(title, options);
  }
}

async function notifyByWorker(title: string, options: NotificationOptions): Promise<void> {
  try {
    const registration = await navigator.serviceWorker.getRegistration();
    // The worker may have been ended and started again by the time of the click: what it needs goes with the notification.
    await registration?.showNotification(title, { ...options, data: await ownClientId() });
  } catch {
    // There is no worker over plain HTTP; there, the sound and the tab have to do.
  }
}

/** Takes back the notification with this tag, whoever has shown it. */
export async function dismiss(tag: string): Promise<void> {
  shownByPage.get(tag)?.close();
  shownByPage.delete(tag);
  try {
    const registration = await navigator.serviceWorker.getRegistration();
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
