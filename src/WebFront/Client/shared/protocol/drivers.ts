/** The hands of the pure modules: they call the hub, keep the timers, and feed the outcomes back. */
import { backoffMs, retryBackoff } from './backoff.ts';
import type { Connection } from './connection.ts';
import { CallTimeout, ConnectionLost, Refused } from './errors.ts';
import { emptyLog, type LogInput, type LogState, stepLog } from './log.ts';
import { emptyLane, type LaneInput, type LaneState, type OutboxItem, stepLane } from './outbox.ts';
import type { Seams } from './seams.ts';
import {
  type ConversationEvent,
  type Envelope,
  isRetryCode,
  type Marks,
  type ProtocolError,
  type ResumeAnswer,
} from './types.ts';

/** After the machine slept, a socket that does not answer within this is dead. */
const PROBE_MS = 5_000;

export interface LogDriverOptions {
  connection: Connection;
  seams: Seams;
  resume: (after: number, timeoutMs?: number) => Promise<Envelope<ResumeAnswer>>;
  /** Called once per connection, when the first Resume on it had an outcome. */
  settled: () => void;
  applied: (events: ConversationEvent[], replaced: boolean) => void;
  marked: (marks: Marks) => void;
  changed: () => void;
}

export class LogDriver {
  state: LogState = emptyLog();
  /** Why the conversation can't be followed, when it can't. */
  error: ProtocolError | null = null;
  readonly #options: LogDriverOptions;
  #attempt = 0;
  #timer: unknown = null;
  #probing = false;

  constructor(options: LogDriverOptions) {
    this.#options = options;
  }

  input(input: LogInput): void {
    if (input.type === 'disconnected') this.#options.seams.clock.clearTimeout(this.#timer);
    const step = stepLog(this.state, input);
    this.state = step.state;
    const replaced = step.effects.some((effect) => effect.type === 'replaced');
    if (replaced) this.#options.applied(this.state.events, true);
    for (const effect of step.effects) {
      if (effect.type === 'applied' && !replaced) this.#options.applied(effect.events, false);
      if (effect.type === 'resume') {
        if (effect.delayed) this.#later(() => void this.#resume(effect.after), 1000);
        else void this.#resume(effect.after);
      }
    }
    this.#options.changed();
  }

  /** Asks for the head on a connection that may be dead; no answer soon means that it is. */
  probe(): void {
    this.#probing = true;
    this.input({ type: 'check' });
  }

  stop(): void {
    this.#options.seams.clock.clearTimeout(this.#timer);
  }

  async #resume(after: number): Promise<void> {
    const { connection } = this.#options;
    const generation = connection.generation;
    const timeout = this.#probing ? PROBE_MS : undefined;
    this.#probing = false;
    try {
      const answer = await this.#options.resume(after, timeout);
      if (generation !== connection.generation) return;
      if (answer.error === null) {
        this.error = null;
        this.#attempt = 0;
        connection.proved();
        this.#options.marked(answer);
        this.input({ type: 'resumed', recovered: answer.recovered, events: answer.events, head: answer.head });
      } else {
        this.input({ type: 'resumeFailed' });
        if (isRetryCode(answer.error.code)) this.#later(() => this.input({ type: 'check' }), answer.error.retryAfterMs);
        else this.error = answer.error;
      }
      this.#options.settled();
    } catch (error) {
      if (generation !== connection.generation) return;
      if (error instanceof CallTimeout) connection.drop();
    }
  }

  #later(run: () => void, atLeastMs = 0): void {
    const { clock, random } = this.#options.seams;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(run, backoffMs(this.#attempt++, random(), retryBackoff, atLeastMs));
  }
}

export interface LaneDriverOptions {
  connection: Connection;
  seams: Seams;
  send: (item: OutboxItem) => Promise<Envelope<{ conversationId?: string }>>;
  save: () => void;
  changed: () => void;
}

export class LaneDriver {
  state: LaneState = emptyLane();
  readonly #options: LaneDriverOptions;
  #timer: unknown = null;

  constructor(options: LaneDriverOptions) {
    this.#options = options;
  }

  input(input: LaneInput): void {
    const { connection, seams } = this.#options;
    const step = stepLane(this.state, input);
    this.state = step.state;
    // Written down before it is sent: what the server may have must not be forgotten by a crash in between.
    if (step.effects.some((effect) => effect.type === 'save')) this.#options.save();
    for (const effect of step.effects) {
      if (effect.type === 'send') void this.#send(effect.item);
      if (effect.type === 'reconnect') connection.drop();
      if (effect.type === 'wait') {
        const wait = backoffMs(effect.attempt, seams.random(), retryBackoff, effect.retryAfterMs);
        seams.clock.clearTimeout(this.#timer);
        this.#timer = seams.clock.setTimeout(() => this.input({ type: 'waited' }), wait);
      }
    }
    this.#options.changed();
  }

  /** Own events are acks. */
  matchEvents(events: ConversationEvent[], conversationId: string): void {
    for (const event of events) {
      if ((event.type === 'messagePosted' || event.type === 'noteAdded') && event.clientMessageId !== undefined) {
        this.input({ type: 'acked', id: event.clientMessageId, conversationId });
      }
    }
  }

  stop(): void {
    this.#options.seams.clock.clearTimeout(this.#timer);
  }

  async #send(item: OutboxItem): Promise<void> {
    const { connection } = this.#options;
    const generation = connection.generation;
    try {
      const answer = await this.#options.send(item);
      if (generation !== connection.generation) return;
      if (answer.error === null) {
        connection.proved();
        const acked: LaneInput = { type: 'acked', id: item.id };
        if (answer.conversationId !== undefined) acked.conversationId = answer.conversationId;
        this.input(acked);
      } else {
        this.input({ type: 'refused', id: item.id, error: answer.error });
      }
    } catch (error) {
      if (generation !== connection.generation) return;
      if (error instanceof CallTimeout) this.input({ type: 'timedOut', id: item.id });
    }
  }
}

/** What a repetition needs of a connection. */
export type Repeatable = Pick<Connection, 'invoke' | 'drop' | 'proved' | 'generation' | 'status'>;

/**
 * A call that may be repeated without harm: tried again, over reconnects too, until it is answered for good or
 * `patienceMs` is over. Throws Refused, or ConnectionLost when the outcome stayed unknown.
 */
export async function repeat<T>(
  connection: Repeatable,
  seams: Seams,
  method: string,
  argument: unknown,
  patienceMs = 30_000,
): Promise<T> {
  const deadline = seams.clock.now() + patienceMs;
  for (let attempt = 0; ; attempt++) {
    let retryAfterMs = 0;
    let failure: Error;
    const generation = connection.generation;
    try {
      const answer = await connection.invoke<Envelope<T>>(method, argument);
      if (answer.error === null) {
        connection.proved();
        return answer;
      }
      failure = new Refused(answer.error);
      if (!isRetryCode(answer.error.code)) throw failure;
      retryAfterMs = answer.error.retryAfterMs ?? 0;
    } catch (error) {
      if (error instanceof CallTimeout) {
        if (generation === connection.generation) connection.drop();
      } else if (!(error instanceof ConnectionLost)) throw error;
      failure = new ConnectionLost();
    }
    const wait = backoffMs(attempt, seams.random(), retryBackoff, retryAfterMs);
    if (seams.clock.now() + wait > deadline || connection.status === 'stopped') throw failure;
    await new Promise<void>((resume) => seams.clock.setTimeout(resume, wait));
  }
}
