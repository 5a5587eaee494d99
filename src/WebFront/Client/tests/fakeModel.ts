import type { Author, ConversationEvent, ConversationState, ErrorCode, EventsFrame } from '../shared/protocol/types.ts';

type StoredEvent = { event: ConversationEvent; visitorSequence: number | null; by: string };
type Unsequenced = ConversationEvent extends infer E ? (E extends unknown ? Omit<E, 'sequence' | 'at'> : never) : never;

export class FakeRefusal extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode) {
    super(code);
    this.code = code;
  }
}

const hidden = new Set(['noteAdded', 'tagged', 'snoozed', 'released']);

/** One conversation of the fake server: ids are keys, two numberings. */
export class FakeConversation {
  readonly id: string;
  readonly visitor: Author;
  state: ConversationState = 'waiting';
  readonly stored: StoredEvent[] = [];
  readonly #ids = new Map<string, { content: string; stored: StoredEvent }>();
  #visitorHead = 0;

  constructor(id: string, visitor: Author) {
    this.id = id;
    this.visitor = visitor;
  }

  add(fields: Unsequenced, by: string): StoredEvent {
    const visible = !hidden.has(fields.type);
    const event = {
      ...fields,
      sequence: this.stored.length + 1,
      at: new Date().toISOString(),
    } as ConversationEvent;
    const stored = { event, visitorSequence: visible ? ++this.#visitorHead : null, by };
    this.stored.push(stored);
    return stored;
  }

  post(author: Author, clientMessageId: string, text: string, type: 'messagePosted' | 'noteAdded'): StoredEvent {
    const key = `${author.id}/${clientMessageId}`;
    const known = this.#ids.get(key);
    if (known) {
      if (known.content !== text) throw new FakeRefusal('Conflict');
      return known.stored;
    }
    if (text.length === 0) throw new FakeRefusal('Invalid');
    if (text.length > 4000) throw new FakeRefusal('TooLong');
    if (this.state === 'closed') throw new FakeRefusal('Closed');
    const messageId = `m${this.stored.length + 1}`;
    const stored = this.add({ type, messageId, clientMessageId, author, text } as Unsequenced, author.id);
    this.#ids.set(key, { content: text, stored });
    return stored;
  }

  head(audience: 'visitor' | 'agent'): number {
    return audience === 'visitor' ? this.#visitorHead : this.stored.length;
  }

  /** The events above `after`, as `reader` may see them. */
  view(audience: 'visitor' | 'agent', reader: string, after: number): ConversationEvent[] {
    const events: ConversationEvent[] = [];
    for (const { event, visitorSequence, by } of this.stored) {
      if (audience === 'visitor' && visitorSequence === null) continue;
      const sequence = audience === 'visitor' ? (visitorSequence as number) : event.sequence;
      if (sequence <= after) continue;
      const shown = { ...event, sequence } as ConversationEvent & { clientMessageId?: string };
      if (by !== reader) delete shown.clientMessageId;
      events.push(shown);
    }
    return events;
  }

  frame(audience: 'visitor' | 'agent', reader: string, after: number): EventsFrame {
    return {
      conversationId: this.id,
      events: this.view(audience, reader, after),
      head: this.head(audience),
    };
  }

  resume(audience: 'visitor' | 'agent', reader: string, after: number) {
    const head = this.head(audience);
    const recovered = after <= head && head - after <= 200;
    const events = this.view(audience, reader, recovered ? after : Math.max(0, head - 50));
    return { recovered, events, head };
  }
}
