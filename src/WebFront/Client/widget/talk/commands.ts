/** What a visitor does with a conversation besides writing. Each throws Refused, or ConnectionLost when it could not be
 * told in half a minute. */
import { Refused } from '../../shared/protocol/errors.ts';
import type { VisitorClient } from '../../shared/protocol/visitor.ts';

/** The last rating wins. */
export async function rate(client: VisitorClient, score: number, comment?: string): Promise<void> {
  await client.command('Rate', { score, comment: comment || undefined });
}

/** Waits no longer: what was said stays as a message. `form` says how to reach the visitor. */
export const leaveMessage = (client: VisitorClient, form: Record<string, string>) =>
  client.command('LeaveMessage', { form });

export async function end(client: VisitorClient): Promise<void> {
  try {
    await client.command('EndConversation');
  } catch (error) {
    // It is what was wanted.
    if (!(error instanceof Refused && error.error.code === 'Closed')) throw error;
  }
}
