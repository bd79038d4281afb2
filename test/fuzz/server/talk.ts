/** Generates what a member may send: mostly what is allowed, and everything that is not. */
import { long, LONG_BYTES } from '../../support/relay-hex.ts';
import { pick, type Roll } from '../../support/random.ts';
import {
  bytes,
  koPrivate,
  login,
  message,
  okPrivate,
  privateMessage,
  requestPrivate,
} from '../../support/raw-hex.ts';
import { Grammar } from '../grammar.ts';
import type { Member } from './member.ts';

/** Number of ignored commands after which a member behaves. */
const MOST_IGNORED = 60;
const MOST_LOGINS = 5;

const WORDS = ['purr', '', 'é😺', '\ufeff', '<b>', 'x'.repeat(1024), 'miaou '.repeat(30)];

/** Step of a member: bytes to send in these chunks, or the end of its connection. */
export type Step = readonly Buffer[] | 'end' | 'reset';

export class Talk {
  readonly #roll: Roll;
  readonly #grammar: Grammar;
  #names = 0;

  constructor(roll: Roll) {
    this.#roll = roll;
    this.#grammar = new Grammar(roll);
  }

  /** Makes a login that nobody else has; now and then one that can be spelled in two ways (D8). */
  newName(): string {
    return `${pick(this.#roll, ['f', 'f', 'f', 'é', '😺'])}${++this.#names}`;
  }

  greeting(name: string): Buffer {
    return bytes(login(name));
  }

  /** Draws the next step of a member; `others` are logins to address, `silent` those who must never hear of it. */
  next(member: Member, name: string, others: readonly string[], silent: readonly string[]): Step {
    const roll = this.#roll;
    const kind = roll(1000);
    if (kind < 4) return 'end';
    if (kind < 8) return 'reset';
    if (kind < 30) return this.#cut(this.#damaged(member, name, others));
    const parts: string[] = [];
    for (let left = 1 + roll(4); left > 0; left--)
      parts.push(
        roll(8) === 0 ? this.#forbidden(member, name, others, silent) : this.#allowed(member, name, others),
      );
    return this.#cut(bytes(parts.join('')));
  }

  #allowed(member: Member, name: string, others: readonly string[]): string {
    const roll = this.#roll;
    const other = pick(roll, others);
    const target = roll(4) === 0 ? other.normalize('NFD') : other;
    const kind = roll(10);
    if (kind < 5) return message(name, this.#words());
    if (kind < 8) return privateMessage(name, target, this.#words());
    const requester = member.requests.pop();
    if (requester === undefined || requester === name || roll(3) === 0) return requestPrivate(name, target);
    return roll(4) === 0 ? koPrivate(requester, name) : okPrivate(requester, name);
  }

  #forbidden(member: Member, name: string, others: readonly string[], silent: readonly string[]): string {
    const roll = this.#roll;
    const other = pick(roll, others);
    const victim = pick(roll, silent);
    if (member.ignored >= MOST_IGNORED) return message(name, 'mew');
    const forgeries = [
      message(victim, this.#words()),
      privateMessage(other, victim, this.#words()),
      privateMessage(victim, other, this.#words()),
      privateMessage(name, name, 'to myself'),
      privateMessage(name, 'nobody at all', this.#words()),
      requestPrivate(victim, other),
      okPrivate(victim, name),
      okPrivate(victim, other),
      koPrivate(victim, name),
      okPrivate(name, victim),
    ];
    // The command can be read, and is ignored even where the sender is its own (D13, D16).
    member.ignored++;
    if (member.logins < MOST_LOGINS && roll(6) === 0)
      return login(pick(roll, [other, victim, ' ', '\u200b', '']));
    return pick(roll, forgeries);
  }

  /** Damages a command, makes noise, or puts a LOGIN_PRIVATE where it does not belong: most of these end a connection. */
  #damaged(member: Member, name: string, others: readonly string[]): Buffer {
    const roll = this.#roll;
    const size = LONG_BYTES[member.endpoint.kind];
    const kind = roll(10);
    if (kind === 0) return bytes('09' + long(roll(2 ** 31), size));
    if (kind < 3) return Buffer.from(this.#grammar.input('client', size));
    const command = bytes(this.#allowed(member, name, others));
    const at = roll(command.length);
    if (kind < 7) command[at] = roll(256);
    else if (kind < 9) return command.subarray(0, at);
    else
      command.writeInt32BE(
        pick(roll, [-1, 1025, 2 ** 31 - 1]),
        Math.max(0, Math.min(at, command.length - 4)),
      );
    return command;
  }

  #words(): string {
    return `${this.#roll(1000)}`.repeat(this.#roll(8)) + pick(this.#roll, WORDS).slice(0, 1000);
  }

  #cut(command: Buffer): Buffer[] {
    return this.#roll(3) === 0 ? this.#grammar.cuts(command) : [command];
  }
}
