/** Id of this tab, as its service worker knows it. */

/** Timeout of the worker's answer, in ms. */
const ANSWER_MS = 2_000;

/** The worker that serves this page; null over plain HTTP, where there is none. */
export async function activeWorker(): Promise<ServiceWorker | null> {
  const { serviceWorker } = navigator as { readonly serviceWorker?: ServiceWorkerContainer };
  return (await serviceWorker?.getRegistration())?.active ?? null;
}

/** Asks the worker for the id; null when there is no worker, or no answer. */
export async function ownClientId(): Promise<string | null> {
  const worker = await activeWorker();
  if (!worker) return null;
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<string>) => resolve(data);
    setTimeout(() => resolve(null), ANSWER_MS);
    worker.postMessage(null, [port2]);
  });
}
