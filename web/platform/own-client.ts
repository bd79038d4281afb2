/** Id of this tab, as its service worker knows it. */

/** Reads the id, which only the list of locks tells a page; undefined where there are no locks, over plain HTTP. */
export async function ownClientId(): Promise<string | undefined> {
  const { locks } = navigator as { readonly locks?: LockManager };
  const own = crypto.getRandomValues(new Uint32Array(4)).join('-');
  return locks?.request(own, async () => {
    const { held } = await locks.query();
    return held?.find(({ name }) => name === own)?.clientId;
  });
}
