/** Page in WebKit, driven by W3C WebDriver as far as a smoke test needs it. */
import { vi } from 'vitest';
import { PATIENT } from '../../support/patience.ts';

/** Key under which WebDriver gives an element. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

const ENTER = '\uE007';

export class WebKitPage {
  readonly #session: string;

  /** @param session address of the WebDriver session */
  constructor(session: string) {
    this.#session = session;
  }

  /** Opens this URL; resolves when that document is complete. */
  async goto(url: string): Promise<void> {
    await this.#command('POST', '/url', { url });
    await this.#arrived(url);
  }

  /** Goes back to this address, which has to be the one before. */
  async back(url: string): Promise<void> {
    await this.#command('POST', '/back', {});
    await this.#arrived(url);
  }

  /** Loads the page again; resolves when it is another document, complete. */
  async reload(): Promise<void> {
    await this.run('document.isOld = true');
    await this.#command('POST', '/refresh', {});
    await this.until('the page loaded again', () =>
      this.run<boolean>('return !document.isOld && document.readyState === "complete"'),
    );
  }

  /** Runs the body of a function in the page, with these `arguments`, and gives what it returns. */
  run<T = unknown>(script: string, ...args: readonly unknown[]): Promise<T> {
    return this.#command('POST', '/execute/sync', { script, args }) as Promise<T>;
  }

  /** Clicks the first element that the selector finds, as a mouse would. */
  async click(css: string): Promise<void> {
    await this.#command('POST', `/element/${await this.#find('css selector', css)}/click`, {});
  }

  /** Clicks the button of this name, once a pointer can: what has just come lets it through. */
  async press(name: string): Promise<void> {
    const path = `//button[normalize-space()="${name}" or @aria-label="${name}"]`;
    const button = await this.#find('xpath', path);
    await this.until(`${name} can be pressed`, () =>
      this.run<boolean>(
        `const found = document.evaluate(arguments[0], document, null, 9).singleNodeValue;
        return found !== null && getComputedStyle(found).pointerEvents !== 'none'`,
        path,
      ),
    );
    await this.#command('POST', `/element/${button}/click`, {});
  }

  /** Clicks the button of this name, if there is one: the page may have removed it by now. */
  async pressIfThere(name: string): Promise<void> {
    await this.run(
      'for (const button of document.querySelectorAll("button")) if (button.textContent.trim() === arguments[0]) button.click()',
      name,
    );
  }

  /** Types into the first element that the selector finds; nothing beyond U+FFFF, which the driver drops. */
  async type(css: string, text: string): Promise<void> {
    await this.#command('POST', `/element/${await this.#find('css selector', css)}/value`, { text });
  }

  /** Joins under this name, from the first screen. */
  async join(name: string): Promise<void> {
    await this.type('.join input', name);
    await this.press('Join the room');
    await this.#find('css selector', '.composer textarea');
  }

  /** Writes a message in the open conversation, and sends it with Enter. */
  async write(text: string): Promise<void> {
    await this.type('.composer textarea', text + ENTER);
  }

  /** Waits until these texts, and no others, are in the log, and none is pending. */
  expectMessages(texts: readonly string[]): Promise<void> {
    const script = `return [...document.querySelectorAll('[role=log] .group')].flatMap((group) =>
      [...group.querySelectorAll('.text')].map((text) => (group.matches('.outgoing') ? '(outgoing) ' : '') + text.textContent))`;
    return vi.waitFor(async () => {
      const shown = await this.run<string[]>(script);
      if (shown.join('\n') !== texts.join('\n'))
        throw new Error(`in the log: ${JSON.stringify(shown)}, not ${JSON.stringify(texts)}`);
    }, PATIENT);
  }

  /** Waits until the element that the selector finds says these words. */
  expectText(css: string, words: string): Promise<void> {
    const script =
      'return [...document.querySelectorAll(arguments[0])].map((it) => it.textContent).join("\\n")';
    return this.until(`${css} to say “${words}”`, async () =>
      (await this.run<string>(script, css)).includes(words),
    );
  }

  /** Waits until `isSo` is true. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    await vi.waitFor(async () => {
      if (!(await isSo())) throw new Error(`waited for ${what}`);
    }, PATIENT);
  }

  /** Closes the browser. */
  async close(): Promise<void> {
    await this.#command('DELETE', '');
  }

  #arrived(url: string): Promise<void> {
    return this.until(url, () =>
      this.run<boolean>('return location.href === arguments[0] && document.readyState === "complete"', url),
    );
  }

  /** Waits until there is such an element, and gives its WebDriver identifier. */
  #find(using: string, value: string): Promise<string> {
    return vi.waitFor(async () => {
      const found = (await this.#command('POST', '/element', { using, value })) as Record<string, string>;
      return found[ELEMENT]!;
    }, PATIENT);
  }

  async #command(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(this.#session + path, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    const { value } = (await answer.json()) as { value: unknown };
    if (answer.ok) return value;
    const { error, message } = value as { readonly error: string; readonly message: string };
    throw new Error(`WebKit, ${method} ${path}: ${error}: ${message}`);
  }
}
