/** Runs a macro: its actions in order, each only once the one before is done. */
import type { AgentClient } from '../../shared/protocol/agent.ts';
import { Refused } from '../../shared/protocol/errors.ts';
import { fillReply, type MacroBody, type Variables } from './rules.ts';

const HOUR_MS = 3_600_000;

export async function runMacro(client: AgentClient, id: string, macro: MacroBody, values: Variables): Promise<void> {
  for (const { type, value } of macro.actions) {
    const text = value ?? '';
    if (type === 'reply' || type === 'note') await sent(client, id, fillReply(text, values), type === 'note');
    else if (type === 'addTag') await client.tag(id, [text], []);
    else if (type === 'removeTag') await client.tag(id, [], [text]);
    else if (type === 'snoozeHours')
      await client.snooze(id, new Date(Date.now() + Number(text) * HOUR_MS).toISOString());
    else if (type === 'transferQueue') await client.transfer(id, { toQueue: text });
    else await client.closeConversation(id, text || undefined);
  }
}

/** Sends through the outbox and waits for the answer: a close must not overtake the words before it. */
function sent(client: AgentClient, id: string, text: string, note: boolean): Promise<void> {
  const conversation = client.open(id);
  const made = conversation.send(text, note ? 'note' : 'message');
  if ('problem' in made) return Promise.reject(new Refused({ code: made.problem, message: '' }));
  return new Promise((done, refuse) => {
    const look = () => {
      const failed = conversation.failed.find((entry) => entry.item.id === made.id);
      if (failed) {
        off();
        refuse(new Refused(failed.error));
      } else if (!conversation.pending.some((item) => item.id === made.id)) {
        off();
        done();
      }
    };
    const off = client.subscribe(look);
    look();
  });
}
