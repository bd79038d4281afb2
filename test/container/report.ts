/** Prints one line for each check, and counts those that failed. */

export class Report {
  failures = 0;
  checks = 0;
  readonly #only: RegExp;

  /** @param only matches the titles of the checks that are to run */
  constructor(only: RegExp) {
    this.#only = only;
  }

  /** Prints what follows belongs to. */
  heading(text: string): void {
    console.log(`\n${text}`);
  }

  /** Runs a check: it fails when it throws, and the others go on; true when it held. A text that it resolves to is printed behind its title. */
  async check(title: string, run: () => unknown): Promise<boolean> {
    if (!this.#only.test(title)) return true;
    this.checks++;
    const started = performance.now();
    try {
      const measured = await run();
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`  ok    ${title}${typeof measured === 'string' ? `: ${measured}` : ''} (${seconds} s)`);
      return true;
    } catch (error) {
      this.failures++;
      const { stack = '' } = error as Error;
      console.log(`  FAIL  ${title}\n${stack.replaceAll(/^/gm, '        ')}`);
      return false;
    }
  }
}
