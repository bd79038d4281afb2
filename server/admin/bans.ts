/** Who is not let in for a time: addresses and logins, remembered across restarts where there is a file for it. */
import { accessSync, constants, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { network } from '../config/kinds.ts';
import { ConfigError } from '../config.ts';
import { Networks } from '../transport/proxies.ts';

/** A login pattern: `*` stands for anything, case does not count. */
const pattern = v.pipe(v.string(), v.minLength(1), v.maxLength(60), v.regex(/^[^\p{Cc}]*$/u));

export const banSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('address'), value: network.schema, until: v.number() }),
  v.strictObject({ kind: v.literal('login'), value: pattern, until: v.number() }),
]);

/** `until` in ms since 1970: it outlives the process. */
export type Ban = v.InferOutput<typeof banSchema>;

export class Bans {
  readonly #file: string | null;
  readonly #now: () => number;
  #bans: readonly Ban[];
  /** When the next one ends. */
  #nextEnd = Infinity;
  #addresses = new Networks([]);
  #logins: readonly RegExp[] = [];

  /** Reads the file, where there is one. Throws a ConfigError when it cannot be used or is not what this wrote. */
  constructor(file: string | null, now: () => number = Date.now) {
    this.#file = file;
    this.#now = now;
    this.#bans = file === null ? [] : readBans(file);
    if (file !== null) checkFolder(file);
    this.#compile();
  }

  list(): readonly Ban[] {
    this.#forgetEnded();
    return this.#bans;
  }

  /** Adds one, in place of the same one before. Throws when the file cannot be written. */
  add(ban: Ban): void {
    this.#change([...this.#without(ban), ban]);
  }

  /** False when there was no such one. */
  remove(ban: Pick<Ban, 'kind' | 'value'>): boolean {
    const rest = this.#without(ban);
    const wasThere = rest.length < this.#bans.length;
    if (wasThere) this.#change(rest);
    return wasThere;
  }

  refusesAddress(address: string): boolean {
    this.#forgetEnded();
    return this.#bans.length > 0 && this.#addresses.has(address);
  }

  refusesLogin(login: string): boolean {
    this.#forgetEnded();
    return this.#logins.length > 0 && this.#logins.some((pattern) => pattern.test(login.normalize('NFC')));
  }

  #without({ kind, value }: Pick<Ban, 'kind' | 'value'>): Ban[] {
    return this.#bans.filter((other) => other.kind !== kind || other.value !== value);
  }

  #change(bans: readonly Ban[]): void {
    // A reader, and a restart after a crash, see the old file or the new one, never half of one.
    if (this.#file !== null) {
      writeFileSync(`${this.#file}.new`, JSON.stringify(bans, null, 2), { mode: 0o600 });
      renameSync(`${this.#file}.new`, this.#file);
    }
    this.#bans = bans;
    this.#compile();
  }

  #forgetEnded(): void {
    if (this.#now() < this.#nextEnd) return;
    this.#compile();
  }

  #compile(): void {
    const now = this.#now();
    this.#bans = this.#bans.filter(({ until }) => until > now);
    this.#nextEnd = Math.min(Infinity, ...this.#bans.map(({ until }) => until));
    const values = (kind: Ban['kind']) =>
      this.#bans.filter((ban) => ban.kind === kind).map(({ value }) => value);
    this.#addresses = new Networks(values('address'));
    this.#logins = values('login').map(toRegExp);
  }
}

function readBans(file: string): readonly Ban[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new ConfigError(`--state-file=${file}: cannot be read: ${(error as Error).message}`);
  }
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), v.array(banSchema)), text);
  if (success) return output;
  throw new ConfigError(
    `--state-file=${file}: is not what this program wrote; move it away to start without`,
  );
}

/** That nobody can be refused for good is better known at the start. */
function checkFolder(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    throw new ConfigError(
      `--state-file=${file}: its folder cannot be written to: ${(error as Error).message}`,
    );
  }
}

function toRegExp(pattern: string): RegExp {
  const parts = pattern
    .normalize('NFC')
    .split(/\*+/)
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'isu');
}
