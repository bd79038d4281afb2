/** Notifications of the system: by the page itself, or by its service worker where a page may show none (Chrome on Android). */
import type { ConversationKey } from '../state/state.ts';
import { ownClientId } from './tabs.ts';

/**
 * Shows a notification, if the browser allows it. A click on it brings the page to the front, and calls `onClick`; on one of
 * the service worker it tells the page its `tag` (see {@link onNotificationClick}).
 */
export function notify(title: string, options: NotificationOptions, onClick: () => void): void {
  if (!('Notification' in globalThis) || Notification.permission !== 'granted') return;
  try {
    const shown = new Notification(title, options);
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

/** Calls back with the conversation whose notification, shown by the service worker, was clicked. */
export function onNotificationClick(open: (key: ConversationKey) => void): void {
  const { serviceWorker } = navigator as { readonly serviceWorker?: ServiceWorkerContainer };
  serviceWorker?.addEventListener('message', ({ data }: MessageEvent<ConversationKey>) => open(data));
  serviceWorker?.startMessages();
}
