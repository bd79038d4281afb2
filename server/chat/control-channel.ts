/** The control channel of browser clients, beside the Chaton stream (D28). */
import { encodeControl } from '../../shared/protocol/control.ts';
import type { IgnoredReason } from '../../shared/protocol/reasons.ts';
import type { MessageHistory } from './delivery/message-history.ts';
import { Presence, type PresenceOptions } from './presence/presence.ts';
import type { PresenceClient } from './presence/subscribers.ts';

export interface BrowserClient extends PresenceClient {
  readonly handledBytes: number;
}

interface ControlChannelOptions extends Omit<PresenceOptions, 'schedule'> {
  /** Runs a function once the commands sent until now are written (`Broadcast.whenDelivered`): an `ack` follows its echo. */
  readonly whenDelivered: (run: () => void) => void;
}

/**
 * Sends control messages to browser clients, coalesced once per batch: how far its own commands are
 * handled, to the client concerned; and {@link Presence}, to every identified one.
 */
export class ControlChannelHub {
  readonly presence: Presence;
  readonly #whenDelivered: (run: () => void) => void;
  readonly #identified = new Set<BrowserClient>();
  readonly #unacknowledged = new Set<BrowserClient>();
  #scheduled = false;

  constructor({ whenDelivered, ...options }: ControlChannelOptions) {
    this.#whenDelivered = whenDelivered;
    this.presence = new Presence({ ...options, schedule: () => this.#schedule() });
  }

  get clients(): number {
    return this.#identified.size;
  }

  add(client: BrowserClient): void {
    this.#identified.add(client);
    this.presence.add(client);
  }

  remove(client: BrowserClient): void {
    this.#identified.delete(client);
    this.#unacknowledged.delete(client);
    this.presence.remove(client);
  }

  /** Sends a client that is new here the history, behind its LOGIN_ACCEPTED and before all that it hears from now on. */
  sendHistory(client: BrowserClient, history: MessageHistory): void {
    const messages = history.isOn ? history.messages() : [];
    if (messages.length === 0) return;
    client.flush();
    client.sendText(encodeControl({ type: 'history', messages }));
  }

  /** Tells a client that its command was ignored; returns the text that it was sent. */
  sendIgnored(client: BrowserClient, reason: IgnoredReason): string {
    const text = encodeControl({ type: 'ignored', end: client.handledBytes, reason });
    client.sendText(text);
    return text;
  }

  /** Tells a client that it is throttled; nothing of what it sends is lost. */
  sendThrottled(client: BrowserClient): void {
    client.sendText(encodeControl({ type: 'throttled' }));
  }

  /** Tells a client that the LOGIN_REFUSED which is queued for it next is for a ban; behind the answers to what it proposed before. */
  sendBanned(client: BrowserClient): void {
    client.flush();
    client.sendText(encodeControl({ type: 'refused', reason: 'banned' }));
  }

  /** Sends an identified client that resumed the present state anew. */
  resync(client: BrowserClient): void {
    this.presence.resync(client);
    this.scheduleAck(client);
  }

  /** Sends an `ack` behind the batch of this turn: `handledBytes` of this client has grown. */
  scheduleAck(client: BrowserClient): void {
    this.#unacknowledged.add(client);
    this.#schedule();
  }

  /** Sends the last `ack`, before the server ends this client's connection. */
  sendLastAck(client: BrowserClient): void {
    this.#unacknowledged.delete(client);
    client.sendText(encodeControl({ type: 'ack', bytes: client.handledBytes }));
  }

  /** Sends a text of the operator to every identified browser client; returns how many those are. */
  sendNotice(text: string): number {
    const message = encodeControl({ type: 'notice', text });
    const clients = [...this.#identified];
    for (const client of clients) client.sendText(message, true);
    return clients.length;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#whenDelivered(() => {
      this.#scheduled = false;
      this.#sendDue();
    });
  }

  #sendDue(): void {
    for (const client of this.#unacknowledged) {
      // Commands that it sent since are acknowledged, too, so the answers to them come first.
      client.flush();
      client.sendText(encodeControl({ type: 'ack', bytes: client.handledBytes }));
    }
    this.#unacknowledged.clear();
    this.presence.afterBatch();
  }
}
