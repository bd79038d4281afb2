/** Negotiation of private connections: pending requests and connect_ids (§3, D15–D17). */
import type { Clock } from '../environment/clock.ts';
import type { Limits } from '../limits/limits.ts';

/** A connect_id that was given out and not yet used by two connections. */
interface IssuedId<User, Endpoint> {
  /** User who asked. */
  readonly requester: User;
  /** The first of the two connections, while it waits for the second (D19). */
  first: Endpoint | null;
  readonly lapses: number;
  readonly cancelLapse: () => void;
}

interface SavedId<User, Endpoint> {
  readonly id: number;
  readonly requester: User;
  readonly first: Endpoint | null;
  readonly lapses: number;
}

/** All that is pending. */
export interface NegotiationState<User, Endpoint> {
  readonly requests: readonly { readonly requester: User; readonly target: User; readonly lapses: number }[];
  /** Issued connect_ids, in their order. A node of another version reads them by this name (`room-state.ts`). */
  readonly grants: readonly SavedId<User, Endpoint>[];
  /** Time of the next search for requests that have lapsed. */
  readonly nextSearch: number;
}

/**
 * Outcome of presenting a connect_id: the endpoint that did so before, or what it is instead. With `no room` the connection would
 * have been the first, and the id stays good.
 */
type Redeemed<Endpoint> = Endpoint | 'first' | 'no room' | 'unknown';

interface NegotiationOptions<Endpoint> {
  readonly clock: Omit<Clock, 'every'>;
  /** A number over the whole signed 32-bit range, from a cryptographic generator (D17). */
  readonly randomId: () => number;
  readonly limits: Pick<
    Limits,
    'requestLifetime' | 'maxRequests' | 'idLifetime' | 'maxIds' | 'maxNegotiations'
  >;
  /** Called when a connect_id lapsed while this endpoint was waiting on it. */
  readonly onLapse: (waiting: Endpoint) => void;
}

export class Negotiation<User, Endpoint extends object> {
  readonly #options: NegotiationOptions<Endpoint>;
  /** requester → target → when the request lapses. */
  readonly #requests = new Map<User, Map<User, number>>();
  /** target → its requesters: the same pairs, so that either can leave without a search. */
  readonly #requesters = new Map<User, Set<User>>();
  readonly #issuedIds = new Map<number, IssuedId<User, Endpoint>>();
  /** requester → how many of the issued ids are of its making. */
  readonly #idsOf = new Map<User, number>();
  #pending = 0;
  #nextSearch = -Infinity;

  constructor(options: NegotiationOptions<Endpoint>) {
    this.#options = options;
  }

  /** Pending requests, lapsed ones included that were not removed yet. */
  get pendingRequests(): number {
    return this.#pending;
  }

  /** connect_ids given out and not yet used up or lapsed. */
  get liveIds(): number {
    return this.#issuedIds.size;
  }

  /** Opens a pending request, or renews it; false when the requester, or everyone together, has too many (D15). */
  request(requester: User, target: User): boolean {
    const { clock, limits } = this.#options;
    const now = clock.awake();
    const isNew = !this.#requests.get(requester)?.has(target);
    if (isNew && this.#isFull(requester)) {
      this.#dropLapsed(requester, now);
      if (this.#isFull(requester)) return false;
    }
    if ((this.#idsOf.get(requester) ?? 0) >= limits.maxIds) return false;
    if (isNew && this.#pending + this.#issuedIds.size >= limits.maxNegotiations && !this.#dropAllLapsed(now))
      return false;
    this.#addRequest(requester, target, now + limits.requestLifetime);
    return true;
  }

  #addRequest(requester: User, target: User, lapses: number): void {
    const targets = this.#requests.get(requester) ?? new Map<User, number>();
    if (!targets.has(target)) this.#pending++;
    this.#requests.set(requester, targets.set(target, lapses));
    const requesters = this.#requesters.get(target) ?? new Set<User>();
    this.#requesters.set(target, requesters.add(requester));
  }

  #addIssued({ id, requester, first, lapses }: SavedId<User, Endpoint>): void {
    const { clock } = this.#options;
    const cancelLapse = clock.after(lapses - clock.awake(), () => this.#lapse(id));
    this.#issuedIds.set(id, { requester, first, lapses, cancelLapse });
    this.#idsOf.set(requester, (this.#idsOf.get(requester) ?? 0) + 1);
  }

  /** Consumes the pending request that an OK or a KO answers; false when there is none (D16). */
  consumeRequest(requester: User, target: User): boolean {
    const lapses = this.#requests.get(requester)?.get(target);
    if (lapses === undefined) return false;
    this.#remove(requester, target);
    return lapses > this.#options.clock.awake();
  }

  /** Gives out a new connect_id (D17). */
  issueId(requester: User): number {
    let id: number;
    do id = this.#options.randomId();
    while (this.#issuedIds.has(id));
    const { clock, limits } = this.#options;
    this.#addIssued({ id, requester, first: null, lapses: clock.awake() + limits.idLifetime });
    return id;
  }

  /** Redeems a connect_id that a connection presents. The first waits; with the second the id is used up (D17–D19). */
  redeem(id: number, makeFirst: () => Endpoint | null): Redeemed<Endpoint> {
    const issued = this.#issuedIds.get(id);
    if (!issued) return 'unknown';
    if (issued.first === null) {
      issued.first = makeFirst();
      return issued.first === null ? 'no room' : 'first';
    }
    this.revoke(id);
    return issued.first;
  }

  /** Takes a connect_id back, as when its first connection broke. */
  revoke(id: number): void {
    const issued = this.#issuedIds.get(id);
    if (!issued) return;
    issued.cancelLapse();
    this.#forgetIssued(id, issued);
  }

  /** All that is pending, for another that is to go on from here. */
  save(): NegotiationState<User, Endpoint> {
    const requests = [...this.#requests].flatMap(([requester, targets]) =>
      [...targets].map(([target, lapses]) => ({ requester, target, lapses })),
    );
    const grants = [...this.#issuedIds].map(([id, { requester, first, lapses }]) => ({
      id,
      requester,
      first,
      lapses,
    }));
    return { requests, grants, nextSearch: this.#nextSearch };
  }

  /** Restores what was saved, in place of all that was pending here. */
  restore({ requests, grants, nextSearch }: NegotiationState<User, Endpoint>): void {
    for (const { cancelLapse } of this.#issuedIds.values()) cancelLapse();
    for (const map of [this.#requests, this.#requesters, this.#issuedIds, this.#idsOf]) map.clear();
    this.#pending = 0;
    for (const { requester, target, lapses } of requests) this.#addRequest(requester, target, lapses);
    for (const issued of grants) this.#addIssued(issued);
    this.#nextSearch = nextSearch;
  }

  /** Drops all requests from and to a user who leaves (D15). */
  removeUser(user: User): void {
    for (const target of this.#requests.get(user)?.keys() ?? []) this.#remove(user, target);
    for (const requester of this.#requesters.get(user) ?? []) this.#remove(requester, user);
  }

  #isFull(requester: User): boolean {
    return (this.#requests.get(requester)?.size ?? 0) >= this.#options.limits.maxRequests;
  }

  #dropLapsed(requester: User, now: number): void {
    for (const [target, lapses] of this.#requests.get(requester) ?? [])
      if (lapses <= now) this.#remove(requester, target);
  }

  /** Drops every lapsed request; true when that made room. It searches all, so it runs ten times a lifetime at most. */
  #dropAllLapsed(now: number): boolean {
    if (now < this.#nextSearch) return false;
    this.#nextSearch = now + this.#options.limits.requestLifetime / 10;
    const before = this.#pending;
    for (const requester of [...this.#requests.keys()]) this.#dropLapsed(requester, now);
    return this.#pending < before;
  }

  #remove(requester: User, target: User): void {
    const targets = this.#requests.get(requester);
    if (targets?.delete(target)) {
      this.#pending--;
      if (targets.size === 0) this.#requests.delete(requester);
    }
    const requesters = this.#requesters.get(target);
    if (requesters?.delete(requester) && requesters.size === 0) this.#requesters.delete(target);
  }

  #lapse(id: number): void {
    const issued = this.#issuedIds.get(id)!;
    this.#forgetIssued(id, issued);
    if (issued.first !== null) this.#options.onLapse(issued.first);
  }

  #forgetIssued(id: number, { requester }: IssuedId<User, Endpoint>): void {
    this.#issuedIds.delete(id);
    const left = this.#idsOf.get(requester)! - 1;
    if (left > 0) this.#idsOf.set(requester, left);
    else this.#idsOf.delete(requester);
  }
}
