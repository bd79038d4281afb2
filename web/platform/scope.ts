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

/** An item of storage; where that is forbidden it is as if there were none. */
class Item {
  readonly #storage: () => Storage;
  readonly #ending: string;

  constructor(storage: () => Storage, ending: string) {
    this.#storage = storage;
    this.#ending = ending;
  }

  /** The name under which it is stored. */
  get name(): string {
    return `${scope()}.${this.#ending}`;
  }

  get(): string | null {
    return inStorage(() => this.#storage().getItem(this.name)) ?? null;
  }

  /** Stores a text, or removes the item (null); false when that is forbidden, or there is no room. */
  set(text: string | null): boolean {
    const stored = inStorage(() => {
      if (text === null) this.#storage().removeItem(this.name);
      else this.#storage().setItem(this.name, text);
      return true;
    });
    return stored ?? false;
  }

  /** Gets the text and removes the item. */
  take(): string | null {
    const text = this.get();
    this.set(null);
    return text;
  }
}

/** An item that all tabs of this device share, until it is removed. */
export const deviceItem = (ending: string): Item => new Item(() => localStorage, ending);

/** An item of this tab alone, which is there after a reload. */
export const tabItem = (ending: string): Item => new Item(() => sessionStorage, ending);

/** The name of the person who is in, in this tab: two tabs are two people. */
export const insideItem = tabItem('inside');
