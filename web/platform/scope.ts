/** Several gateways may lie under paths of one origin, which has one storage: what is stored is named by the path. */

/** Name under which everything of this page is stored; at the root of an origin it has no path. */
export function scope(): string {
  const { pathname } = new URL('.', document.baseURI);
  return pathname === '/' ? 'chaton' : `chaton${pathname}`;
}

/** Runs a use of storage; undefined when storage is forbidden, or full. */
export function inStorage<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}

/** Name of the item of this tab's own storage that has who is in: two tabs are two people. */
export const insideItem = (): string => `${scope()}.inside`;
