/** Registers the service worker: the page then opens without a network, and can be installed. */

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: () => string },
  ): { createScriptURL: (url: string) => string };
}

const ADDRESS = './sw.js';

export function registerServiceWorker(): void {
  // While developing there is none, and an old page from a cache would only confuse.
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  // Where trusted types are enforced, a plain string is refused. This is the one address that the policy knows.
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy('chaton-worker', { createScriptURL: () => ADDRESS });
  const register = () => {
    navigator.serviceWorker
      .register(policy?.createScriptURL('') ?? ADDRESS, { updateViaCache: 'none' })
      .catch(() => {
        // Refused by a setting of the browser, or not over HTTPS: the page works without.
      });
  };
  // After the page itself: it must not wait for its own copy.
  if (document.readyState === 'complete') register();
  else addEventListener('load', register, { once: true });
}
