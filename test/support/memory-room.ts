/** Rules of Chaton on connections in memory, with clock and turns in the test's hand. */
import { Chat, type ChatOptions } from '../../server/chat/chat.ts';
import type { Limits } from '../../server/chat/limits/limits.ts';
import type { Observer, Source } from '../../server/chat/environment/observer.ts';
import { parseControl, type ControlMessage } from '../../shared/protocol/control.ts';
import { COMMANDS } from '../../shared/protocol/commands.ts';
import { ManualClock, ManualTurns } from './manual-time.ts';
import { MemoryStream } from './memory-stream.ts';
import { ACCEPTED, login } from './raw-hex.ts';
import { endsByServer } from '../../shared/protocol/reasons.ts';
import { DEFAULT_LIMITS } from './defaults.ts';

const HERE: Source = { transport: 'tcp', address: '192.0.2.1', network: '192.0.2.1', longSize: 4 };

export class MemoryRoom {
  readonly clock = new ManualClock();
  readonly chat: Chat;
  /** Numbers that the generator of connect_ids gives next; they have to be enough. */
  readonly ids: number[] = [];
  readonly #events: string[] = [];
  readonly #turns = new ManualTurns();

  constructor(limits: Partial<Limits> = {}, options: Partial<ChatOptions> = {}) {
    this.chat = new Chat({
      limits: { ...DEFAULT_LIMITS, ...limits },
      observer: recordIn(this.#events),
      clock: this.clock,
      instance: 'test',
      randomId: () => {
        const id = this.ids.shift();
        if (id === undefined) throw new Error('the test gave no connect_id for this');
        return id;
      },
      atEndOfTurn: this.#turns.atEndOfTurn,
      ...options,
    });
  }

  /** Opens a fresh connection, not identified. */
  connect(from: Partial<Source> = {}): MemoryStream {
    const stream = new MemoryStream();
    this.chat.accept(stream, { ...HERE, ...from });
    return stream;
  }

  /** Opens a fresh connection of a page, with its control channel (D28); `heard` is all it is told, in order. */
  connectPage(): { readonly stream: MemoryStream; readonly heard: Array<string | ControlMessage> } {
    const heard: Array<string | ControlMessage> = [];
    const stream = new MemoryStream((bytes) => heard.push(Buffer.from(bytes).toString('hex')));
    this.chat.accept(
      stream,
      { ...HERE, transport: 'websocket' },
      {
        hasTransport: true,
        sendText(text) {
          heard.push(parseControl(text) ?? `no control message: ${text}`);
          stream.queue(text.length);
        },
        makeResumable() {},
      },
    );
    return { stream, heard };
  }

  /** Opens a connection, identifies it, and takes LOGIN_ACCEPTED. */
  join(name: string, from: Partial<Source> = {}): MemoryStream {
    const stream = this.connect(from);
    stream.send(login(name));
    this.turn();
    const answer = stream.taken();
    if (answer !== ACCEPTED) throw new Error(`${name} was not let in: ${answer}`);
    return stream;
  }

  /** Ends the turn of the event loop: what is queued is written. */
  turn(): void {
    this.#turns.end();
  }

  /** Events of the observer since the last call, without connects and identifications. */
  told(): string[] {
    return this.#events.splice(0);
  }
}

function recordIn(events: string[]): Observer {
  return {
    opened() {},
    identified() {},
    refused: ({ id }, reason) => void events.push(`${id} refused: ${reason}`),
    ignored: ({ id }, opcode, reason) =>
      void events.push(`${id} ignored ${COMMANDS[opcode].name}: ${reason}`),
    throttled: ({ id }, reason, isNews) =>
      void events.push(`${id} throttled${isNews ? '' : ' again'}: ${reason}`),
    ended: ({ id }, reason, rule) =>
      void events.push(
        `${id} ${endsByServer(reason) ? 'closed' : 'ended'}: ${reason}${rule === undefined ? '' : ` (${rule})`}`,
      ),
    endpointOpened: ({ id }) => void events.push(`${id} became an endpoint`),
    established: ({ id }, other) => void events.push(`${other} and ${id} established`),
    detached: ({ id }) => void events.push(`${id} detached`),
    resumed: ({ id }) => void events.push(`${id} resumed`),
    resumeMemoryFull: (used) => void events.push(`retransmit buffers full: ${used}`),
    resumeFailed: ({ id }, reason) => void events.push(`${id} not resumed: ${reason}`),
    wrongLongSize: ({ id }, writes) => void events.push(`${id} seems to write LONG on ${writes} bytes`),
    endpointEnded: ({ id }, end, bytes) => void events.push(`${id} endpoint ended: ${end}, ${bytes} bytes`),
  };
}
