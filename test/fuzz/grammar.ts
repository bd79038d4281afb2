/** Generates inputs that look like Chaton: commands of the grammar, damaged in the ways that hurt decoders. */
import { COMMANDS, isSentBy, type LongSize, type Sender } from '../../shared/protocol/commands.ts';
import { pick, type Roll } from '../support/random.ts';

/** Size of the largest input, in bytes. */
const MOST = 8 * 1024;

/** Sizes at and around every limit, and those that break arithmetic. */
const SIZES = [0, 1, 29, 30, 31, 1023, 1024, 1025, 0x7fff, 0x10000, 2 ** 31 - 1, -1, -30, -(2 ** 31)];

/** Texts that are easily mistaken; the first few are valid. */
const TEXTS = [
  '',
  'purr',
  'hé 😺',
  '\ufeffwith a BOM',
  'e\u0301',
  '\u202emirrored',
  '\0',
  'x'.repeat(30),
  'é'.repeat(15),
  '😺'.repeat(7),
].map((text) => Buffer.from(text));
const LONG_TEXT = Buffer.alloc(1024, 'x');
const BROKEN_TEXTS = ['ff', 'c080', 'eda080', 'f4908080', 'e28', 'f09f98', '80', 'c3', 'f8888080'].map(
  (hex) => Buffer.from(hex.length % 2 ? hex + '0' : hex, 'hex'),
);

const sentBy = (sender: Sender) =>
  COMMANDS.filter((command) => isSentBy(sender, command)).map(({ opcode }) => opcode);
const SENT_BY = { client: sentBy('client'), server: sentBy('server') };

/** Writes one input after the other into the same memory: an input is valid only until the next. */
export class Grammar {
  readonly #roll: Roll;
  readonly #memory = Buffer.alloc(MOST + 4 * 1024);
  #end = 0;

  constructor(roll: Roll) {
    this.#roll = roll;
  }

  /** Generates one input: up to eight commands, half of the inputs damaged somewhere. */
  input(sender: Sender, longSize: LongSize): Buffer {
    this.#end = 0;
    const roll = this.#roll;
    for (let left = 1 + roll(8); left > 0 && this.#end < MOST; left--) {
      const kind = roll(60);
      if (kind === 0) this.#noise(1 + roll(40));
      else this.#command(kind === 1 ? roll(COMMANDS.length) : pick(roll, SENT_BY[sender]), longSize);
    }
    for (let left = pick(roll, [0, 0, 0, 1, 1, 5]); left > 0; left--) this.#damage();
    return this.#memory.subarray(0, this.#end);
  }

  /** Cuts an input anywhere, the same place twice included: a chunk may be empty. */
  cuts(bytes: Buffer): Buffer[] {
    const roll = this.#roll;
    const places = Array.from({ length: roll(7) }, () => roll(bytes.length + 1)).sort((a, b) => a - b);
    return [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length));
  }

  #command(opcode: number, longSize: LongSize): void {
    this.#memory[this.#end++] = opcode;
    for (const [, { type }] of COMMANDS[opcode]!.fields) {
      if (type === 'long') this.#noise(longSize);
      else this.#string();
    }
  }

  #string(): void {
    const roll = this.#roll;
    const kind = roll(60);
    const text = kind < 4 ? LONG_TEXT.subarray(0, roll(1025)) : pick(roll, kind === 4 ? BROKEN_TEXTS : TEXTS);
    this.#memory.writeInt32BE(kind === 5 ? pick(roll, SIZES) : text.length, this.#end);
    text.copy(this.#memory, this.#end + 4);
    this.#end += 4 + text.length;
  }

  #noise(length: number): void {
    for (let i = 0; i < length; i++) this.#memory[this.#end++] = this.#roll(256);
  }

  #damage(): void {
    const roll = this.#roll;
    if (this.#end === 0) return;
    const at = roll(this.#end);
    const kind = roll(6);
    if (kind === 0) this.#memory[at] = roll(256);
    else if (kind === 1) this.#memory[at]! ^= 1 << roll(8);
    else if (kind === 2) this.#end = at;
    else if (kind === 3) this.#memory.writeInt32BE(pick(roll, SIZES), at);
    else {
      // A piece is duplicated, or removed.
      const length = roll(Math.min(40, this.#end - at));
      const [to, from] = kind === 4 ? [at + length, at] : [at, at + length];
      this.#memory.copyWithin(to, from, this.#end);
      this.#end += to - from;
    }
  }
}
