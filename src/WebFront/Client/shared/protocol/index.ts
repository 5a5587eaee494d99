/** The protocol client, usable without the rest of this package: no framework, no DOM beyond the seams. */
export * from './agent.ts';
export * from './agentConversation.ts';
export * from './agentSession.ts';
export * from './connection.ts';
export * from './errors.ts';
export * from './fold.ts';
export * from './inbox.ts';
export * from './log.ts';
export * from './outbox.ts';
export * from './seams.ts';
export * from './types.ts';
export * from './visitor.ts';
