/** Two clients in the room who agree on private connections, one after the other, whatever else is said there. */
import { Decoder } from '../../shared/protocol/decoder.ts';
import { Opcode, type Command } from '../../shared/protocol/commands.ts';
import { login, okPrivate, requestPrivate } from './raw-hex.ts';
import { connectRaw } from './connect-raw.ts';
import type { Addressed, RawConnection } from './raw-connection.ts';

export class Couple {
  readonly #names: readonly [string, string];
  readonly #endpoints: readonly [RawConnection, RawConnection];
  #onCommand: (from: 0 | 1, command: Command) => void = () => {};

  private constructor(names: readonly [string, string], endpoints: readonly [RawConnection, RawConnection]) {
    this.#names = names;
    this.#endpoints = endpoints;
    for (const i of [0, 1] as const) {
      const decoder = new Decoder('server');
      const { inbox } = endpoints[i];
      inbox.divert(
        (data) => {
          decoder.push(data);
          for (let command = decoder.next(); command; command = decoder.next()) this.#onCommand(i, command);
        },
        () => endpoints[i].end(),
      );
    }
  }

  /** Lets both into the room; rejects when one is refused, or its connection ends. */
  static async join(
    gateway: Addressed,
    names: readonly [string, string],
    from: readonly [string?, string?] = [],
  ): Promise<Couple> {
    const endpoints = [
      await connectRaw(gateway, 'tcp', from[0]),
      await connectRaw(gateway, 'tcp', from[1]),
    ] as const;
    const couple = new Couple(names, endpoints);
    const accepted = couple.#wait((answers, _from, { opcode }) =>
      opcode === Opcode.LOGIN_ACCEPTED ? answers + 1 : answers,
    );
    endpoints.forEach((endpoint, i) => endpoint.send(login(names[i as 0 | 1])));
    await accepted;
    return couple;
  }

  /** Negotiates one more private connection; gives its connect_id once both have it. */
  async negotiate(): Promise<number> {
    const [requester, target] = this.#names;
    let id = 0;
    const told = this.#wait((count, from, command) => {
      if (command.opcode === Opcode.REQUEST_PRIVATE && from === 1)
        this.#endpoints[1].send(okPrivate(requester, target));
      if (command.opcode !== Opcode.ID_PRIVATE) return count;
      id = command.connect_id;
      return count + 1;
    });
    this.#endpoints[0].send(requestPrivate(requester, target));
    await told;
    return id;
  }

  leave(): void {
    for (const endpoint of this.#endpoints) endpoint.reset();
  }

  /** Resolves when `count` has come to two, one for each. */
  #wait(count: (before: number, from: 0 | 1, command: Command) => number): Promise<void> {
    return new Promise((resolve, reject) => {
      let done = 0;
      this.#onCommand = (from, command) => {
        done = count(done, from, command);
        if (done === 2) resolve();
      };
      for (const endpoint of this.#endpoints)
        void endpoint.over.then(({ code }) =>
          reject(new Error(`${this.#names.join(' and ')}: ${code ?? 'ended'}`)),
        );
    });
  }
}
